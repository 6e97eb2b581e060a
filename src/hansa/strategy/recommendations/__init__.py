"""Recommendations to regional strategies, from anyone's words to an adopted text and its use."""
