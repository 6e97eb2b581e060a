"""Steps 2, 3 and 4 of Trans-S3: verify against the figures, refine by trends, assess the potential abroad."""
