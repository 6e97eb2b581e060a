"""Requests read by a broker of another agency before they are published, and renewed before they expire."""
