"""Passages of a strategy that may be its priorities: headings, numbered and bullet points, for a person to choose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 300
LONGEST_TITLE = 160
LONGEST_TEXT = 1_500
FEWEST_LETTERS = 6
_NUMBERED = re.compile(
    r"^(?:(?:[^\W\d_]{3,20}\s+)?(?P<mark>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[a-zA-Z])[.):]\)?|(?P<bare>\d{1,2}(?:\.\d{1,2}){1,3}))\s+(?P<rest>\S.*)$"
)
_BULLET = re.compile(r"^[•▪■●◦‣⁃∙·*\-–—►✓o\uf0b7\uf0a7]\s+(?P<rest>\S.*)$")
_LEADERS = re.compile(r"\.{4,}|…{2,}|\s\d{1,3}$")


@dataclass(frozen=True)
class Passage:
    """A candidate: its `page` (from 1), what it was recognised by, its title and the text under it.

    `key` is its place in the document and stays the same as long as the document does.
    """

    key: str
    page: int
    mark: str  # heading, numbered or bullet
    title: str
    text: str


def passages(pages: Sequence[str]) -> list[Passage]:
    """The candidates of a document in its order, at most `MOST`.

    A line is one when it begins with a number (1. · 2.3 · IV. · a)), with a bullet, or stands alone as a heading: a
    short line without a full stop, written in capitals or with empty lines around it and a longer text below. Lines
    of a table of contents (dotted leaders, a page number at the end) are left out. The text of a candidate are the
    lines up to the next one, an empty line after some text, or the end of the page.
    """
    found = []
    for number, page in enumerate(pages, start=1):
        found.extend(_of_page(number, page))
    return found[:MOST]


def _of_page(number: int, page: str) -> Iterator[Passage]:
    lines = [" ".join(line.split()) for line in page.split("\n")]
    starts = [(place, *told) for place in range(len(lines)) if (told := _recognised(lines, place))]
    for n, (place, mark, line) in enumerate(starts):
        end = starts[n + 1][0] if n + 1 < len(starts) else len(lines)
        following = _following(lines[place + 1 : end])
        title, text = _title_and_text(line, following, mark)
        if sum(c.isalpha() for c in title) >= FEWEST_LETTERS:
            yield Passage(f"{number}-{place}", number, mark, title, text)


def _recognised(lines: Sequence[str], place: int) -> tuple[str, str] | None:
    line = lines[place]
    if not line or _LEADERS.search(line):
        return None
    if line.startswith("# "):
        return "heading", line[2:]
    if bullet := _BULLET.match(line):
        return "bullet", bullet["rest"]
    if (numbered := _NUMBERED.match(line)) and numbered["rest"][:1].isalpha():
        return "numbered", numbered["rest"]
    return ("heading", line) if _is_heading(lines, place) else None


def _is_heading(lines: Sequence[str], place: int) -> bool:
    line = lines[place]
    before = lines[place - 1] if place else ""
    after = lines[place + 1] if place + 1 < len(lines) else ""
    if not line[0].isalpha() or len(line) > 100 or line[-1] in ".,;:" or len(line.split()) > 12:
        return False
    if line.isupper() and sum(c.isalpha() for c in line) >= FEWEST_LETTERS:
        return True
    below = next((each for each in lines[place + 1 : place + 3] if each), "")
    return not before and line[0].isupper() and (not after or len(after) > len(line)) and len(below) > 60


def _following(lines: Sequence[str]) -> str:
    taken: list[str] = []
    for line in lines:
        if not line and taken:
            break
        if line:
            taken.append(line)
    text = re.sub(r"(?<=[^\W\d_])-\n(?=[^\W\d_])", "", "\n".join(taken))
    return " ".join(text.split())[:LONGEST_TEXT]


def _title_and_text(title: str, following: str, mark: str) -> tuple[str, str]:
    """A point that runs on over several lines is cut at its first colon or sentence; the whole stays in the text."""
    whole = f"{title} {following}".strip() if mark != "heading" else following
    if len(title) > LONGEST_TITLE or (mark != "heading" and re.search(r"[.:–] ", title)):
        head = re.split(r"(?<=\w)[.:] | – ", title, maxsplit=1)[0]
        if len(head) > LONGEST_TITLE:
            head = head[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
        return head, whole[:LONGEST_TEXT]
    return title.rstrip(".;,: "), following
