"""The phrases that tie two texts, marked where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

_WORD = re.compile(r"\w+")
_FEWEST = 2
"""Of a phrase that is not found whole, the longest beginning is marked, but not a single word: that ties nothing."""
AROUND = 220
"""Characters of a long text that are shown before and after the first mark."""


def phrases_of(reasons: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """The phrases that reasons quote: `query_phrase` of the need or `document_phrase` of the text found."""
    return [reason["params"][name] for reason in reasons if name in (reason.get("params") or {})]


def place_of(text: str, phrase: str) -> tuple[int, int] | None:
    """Where a phrase stands in a text, whatever separates its words there; of a phrase that was cut or is not there in
    one piece, its longest beginning."""
    words = _WORD.findall(phrase)
    if phrase.endswith("…") and len(words) > _FEWEST:
        # the last word may have been cut in the middle
        found = _whole(text, words)
        words = words if found else words[:-1]
    while words:
        found = _whole(text, words)
        if found:
            return found
        if len(words) <= _FEWEST:
            return None
        words = words[:-1]
    return None


def _whole(text: str, words: Sequence[str]) -> tuple[int, int] | None:
    found = re.search(r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)", text, re.IGNORECASE)
    return found.span() if found else None


def marked(text: str, phrases: Iterable[str], around: int = AROUND) -> SafeString:
    """The text, escaped, with the phrases in `<mark>`; a long one cut to what stands around the first mark."""
    places = sorted({place for phrase in phrases if (place := place_of(text, phrase)) is not None})
    start, end = _window(text, places, around)
    pieces: list[SafeString] = []
    here = start
    for first, last in places:
        if first < here or last > end:
            continue
        pieces += [conditional_escape(text[here:first]), format_html("<mark>{}</mark>", text[first:last])]
        here = last
    pieces.append(conditional_escape(text[here:end]))
    body = format_html_join("", "{}", ((piece,) for piece in pieces))
    return format_html("{}{}{}", "… " if start else "", body, " …" if end < len(text) else "")


def _window(text: str, places: Sequence[tuple[int, int]], around: int) -> tuple[int, int]:
    """From where to where a text is shown, at whole words."""
    if len(text) <= 2 * around:
        return 0, len(text)
    first, last = places[0] if places else (0, around)
    start, end = max(0, first - around), min(len(text), last + around)
    if start:
        start = text.find(" ", start, first) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", last, end), last) if text.rfind(" ", last, end) > last else end
    return start, end
