"""Step 5 of Trans-S3: consultations and the entrepreneurial discovery process (EDP) with the quadruple helix."""
