"""Matching over more texts than one process holds: candidates from PostgreSQL and Tantivy, scored like in memory."""
