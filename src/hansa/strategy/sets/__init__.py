"""Step 1 of Trans-S3: regional priorities, their tags, the common sets among them, themes and their concordance."""
