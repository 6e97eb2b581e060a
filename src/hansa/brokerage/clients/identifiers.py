"""Numbers by which registers know an organisation, checked as their registers check them (python-stdnum)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.pl import nip, regon

SCHEMES = ("VAT", "NIP", "REGON", "PIC", "ROR")
PIC = re.compile(r"\d{9}")
ROR = re.compile(r"0[a-hj-km-np-tv-z0-9]{6}\d{2}")


def checked(scheme: str, value: str) -> str:
    """The number in its compact form.

    Raises:
        ValueError: no such scheme, or the number cannot be one of it; the message is one sentence for the person.
    """
    text = value.strip()
    try:
        if scheme == "VAT":
            return str(vat.validate(text))
        if scheme == "NIP":
            return str(nip.validate(text))
        if scheme == "REGON":
            return str(regon.validate(text))
    except ValidationError:
        raise ValueError(wrong(scheme, text)) from None
    if scheme == "PIC" and PIC.fullmatch(text):
        return text
    short = text.lower().removeprefix("https://").removeprefix("ror.org/")
    if scheme == "ROR" and ROR.fullmatch(short):
        return short
    raise ValueError(wrong(scheme, text))


def wrong(scheme: str, text: str) -> str:
    told = _("%(value)s is no valid %(scheme)s number; check the digits, or leave it out.")
    return told % {"value": text[:40], "scheme": scheme}


def all_checked(given: Mapping[str, str]) -> dict[str, str]:
    """The numbers that were given, compact, without the empty ones. Raises ValueError as `checked` does."""
    return {scheme: checked(scheme, value) for scheme, value in given.items() if value.strip()}
