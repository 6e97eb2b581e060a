"""Countries by the names that readers know them by."""

from __future__ import annotations

import unicodedata

from babel import Locale
from django.utils.translation import get_language

# Eurostat writes two countries otherwise than ISO 3166
ISO = {"EL": "GR", "UK": "GB"}


def country_name(code: str) -> str:
    """The country's name in the reader's language, from the Unicode locale data; a code unknown there stays a code."""
    locale = Locale.parse((get_language() or "en").replace("-", "_"))
    return str(locale.territories.get(ISO.get(code, code), code))


def in_order(name: str) -> str:
    """A key that sorts names by their letters without marks, so that Łotwa does not come after Włochy."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
