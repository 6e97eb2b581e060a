"""Cleaning of texts that people wrote: what every signal sees, and the phrases shown in reasons."""

from __future__ import annotations

import html
import re
import unicodedata

MAX_CHARACTERS = 60_000
"""Characters of one text that are read at all; what stands beyond is ignored."""

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[\s/][^<>]*)?>")
JOINERS = "'’-"
"""Signs that hold two parts of one word together."""
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_CLAUSE_END = re.compile(r"[.;:!?\n•|]+\s+|[\n•|]+|,\s+|\s[–—]\s")
_HIDDEN = {"script", "style"}
_BLOCK = {"p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_KEPT = "\n\t\u200c\u200d"


def plain(text: str) -> str:
    """The text without markup, invisible characters and runs of blanks, in Unicode NFC.

    HTML tags go, the content of script and style elements with them; entities are resolved; control,
    format and surrogate characters go (a lone surrogate or NUL would stop the encoder). Newlines stay,
    since they end phrases. Reads at most `MAX_CHARACTERS`. Never fails; may return an empty text.
    """
    text = html.unescape(_without_tags(text[:MAX_CHARACTERS]))
    text = unicodedata.normalize("NFC", text)
    text = "".join(c if c in _KEPT or unicodedata.category(c) not in _INVISIBLE else " " for c in text)
    text = re.sub(r"[^\S\n]+", " ", text)
    return re.sub(r" ?\n[ \n]*", "\n", text).strip()


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    kept: list[str] = []
    start = 0
    hidden: str | None = None
    for tag in _TAG.finditer(text):
        closing, name = tag.group(1), tag.group(2).lower()
        if hidden is None:
            kept.append(text[start : tag.start()])
            kept.append("\n" if name in _BLOCK else " ")
            if name in _HIDDEN and not closing:
                hidden = name
        elif closing and name == hidden:
            hidden = None
        start = tag.end()
    if hidden is None:
        kept.append(text[start:])
    return "".join(kept)


def words(text: str) -> list[str]:
    """The words of a text in order, case folded."""
    return [w.casefold() for w in _WORD.findall(text)]


def first_words(text: str, limit: int, *, longest_word: int, max_characters: int) -> str:
    """The beginning of a text: at most `limit` blank-separated words, each cut at `longest_word` characters, and
    `max_characters` characters in all."""
    return " ".join(word[:longest_word] for word in text.split(maxsplit=limit)[:limit])[:max_characters]


def phrases(text: str, *, limit: int = 12, shortest: int = 3, longest: int = 160) -> list[str]:
    """Up to `limit` phrases of a text, to be quoted in reasons: parts between punctuation marks, at least
    `shortest` words long, cut at a word before `longest` characters. Falls back on the text's beginning."""
    found: list[str] = []
    for part in _CLAUSE_END.split(text):
        phrase = part.strip(" .,;:!?-–—\n\t\"'()")
        if len(_WORD.findall(phrase)) < shortest:
            continue
        found.append(shortened(phrase, longest))
        if len(found) == limit:
            break
    if not found and _WORD.search(text):
        found.append(shortened(text.replace("\n", " ").strip(), longest))
    return found


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning up to the last whole word with an ellipsis if it is too long."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return head.rstrip(" ,;:-") + "…"


def variety(text: str, *, window: int = 50) -> float:
    """Share of different words in the stretches of `window` words that make up a text, averaged: 0 to 1.

    Prose of the languages served stays above about 0.6; a text that repeats its keywords falls far below.
    Texts without words count as 1.
    """
    tokens = words(text)
    if not tokens:
        return 1.0
    stretches = [tokens[i : i + window] for i in range(0, len(tokens), window)]
    if len(stretches) > 1 and len(stretches[-1]) < window // 2:
        rest = stretches.pop()
        stretches[-1] += rest
    shares = [len(set(s)) / min(len(s), window) for s in stretches]
    return float(min(1.0, sum(shares) / len(shares)))
