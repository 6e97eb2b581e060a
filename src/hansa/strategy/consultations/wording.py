"""Words that pages, e-mails and minutes share."""

from __future__ import annotations

from django.conf import settings


def spoken(language: str) -> str:
    """The language itself where Hansa's own words exist in it, else English."""
    return language if language in dict(settings.LANGUAGES) else "en"
