"""What one cell of a statistical file says: a number, an unknown, a flag, a year."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

UNKNOWN = frozenset({"", "NA", "N/A", "n/a", "NaN", "nan", "null"})
"""Texts in the value column that say "unknown" without a reason; no dash, which some offices print for zero."""

NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
"""A number with a decimal point, in the common subset of Python's and RE2's patterns."""

_NUMBER = re.compile(NUMBER)
_FLAGGED = re.compile(rf"(?P<value>{NUMBER}|:)\s*(?P<flag>[bcdefinprsuz]{{0,4}})")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+|[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([ \u00a0\u202f',][0-9]{3})+(\.[0-9]+)?")
_YEAR = re.compile(r"[0-9]{4}")
FIRST_YEAR, LAST_YEAR = 1800, 2200


class Cell(NamedTuple):
    """A value (None = unknown), its flag, and what is wrong with the cell if it cannot be read."""

    value: float | None
    flag: str | None = None
    fault: str | None = None


def read_value(text: str) -> Cell:
    """Read one cell of the value column.

    Eurostat prints `:` for "not available", `: c` for "confidential" and `12 e` for an estimate of 12. The first
    two are unknown and keep `:` or `c` as flag; the third is the value 12 with the flag `e`.
    """
    text = text.strip()
    if text in UNKNOWN:
        return Cell(None)
    if _NUMBER.fullmatch(text):
        return _finite(text, None)
    match = _FLAGGED.fullmatch(text)
    if match is None:
        return Cell(None, None, _complaint(text))
    flag = match["flag"] or None
    return Cell(None, flag or ":") if match["value"] == ":" else _finite(match["value"], flag)


def _finite(text: str, flag: str | None) -> Cell:
    value = float(text)
    return Cell(value, flag) if math.isfinite(value) else Cell(None, None, "is too large a number")


def _complaint(text: str) -> str:
    """Say why `text` is no number. A comma before three digits could be either, so it is called what it may be."""
    if _GROUPED.fullmatch(text):
        return "has a sign that groups digits (or a decimal comma)"
    if _DECIMAL_COMMA.fullmatch(text):
        return "has a decimal comma"
    return "is no number"


def read_year(text: str) -> int | None:
    """The year a cell names, or None when it names none between 1800 and 2200."""
    text = text.strip().removesuffix(".0")
    if not _YEAR.fullmatch(text):
        return None
    year = int(text)
    return year if FIRST_YEAR <= year <= LAST_YEAR else None
