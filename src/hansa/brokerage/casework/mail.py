"""E-mail about a case: what a pasted or uploaded message says. Plain functions; nothing is stored here."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import cast

LARGEST = 10 * 1024 * 1024
"""Bytes of one message that are looked at; a larger one is refused."""
LONGEST_TEXT = 20_000
"""Characters of its text that are kept."""
LONGEST_LINE = 300


class NoMessage(ValueError):
    """What was given is no e-mail that can be taken in: empty or too large."""


@dataclass(frozen=True)
class Mail:
    """What a message says: its subject and sender in one line each, when it was sent (aware; None where it says no
    valid date), its plain text, and whether that text was cut."""

    subject: str
    sender: str
    sent_at: datetime | None
    text: str
    cut: bool = False


class _Words(HTMLParser):
    """The words of an HTML body: no markup, no scripts, no styles."""

    SILENT = frozenset({"script", "style", "head", "title", "template"})
    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.silent and tag in self.SILENT:
            self.silent = tag
        if tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        # an inner tag never opens the outer one's silence again
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)


def read_mail(raw: bytes) -> Mail:
    """Read one message (RFC 5322) whoever wrote it: a wrong charset, a broken header or HTML alone make it poorer, and
    never fail.

    Raises:
        NoMessage: nothing was given, or more than `LARGEST` bytes.
    """
    if not raw.strip():
        raise NoMessage("empty")
    if len(raw) > LARGEST:
        raise NoMessage("too large")
    message = cast(EmailMessage, message_from_bytes(raw, policy=default))
    text = _clean(_body(message))
    return Mail(
        subject=one_line(_header(message, "subject")),
        sender=_sender(_header(message, "from")),
        sent_at=_moment(_header(message, "date")),
        text=text[:LONGEST_TEXT],
        cut=len(text) > LONGEST_TEXT,
    )


def one_line(value: str) -> str:
    """The value without line breaks or control characters, so that it can never open a header of its own."""
    printable = "".join(each if each.isprintable() else " " for each in value)
    return " ".join(printable.split())[:LONGEST_LINE]


def _header(message: EmailMessage, name: str) -> str:
    # the standard library's header parser raises various errors on hostile headers: the header is then missing
    with suppress(Exception):
        return str(message[name] or "")
    return ""


def _sender(value: str) -> str:
    with suppress(Exception):
        for name, address in getaddresses([one_line(value)]):
            if address:
                return one_line(f"{name} <{address}>" if name else address)
    return one_line(value)


def _moment(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        # "-0000" says that the zone is unknown: the time is then UTC (RFC 5322, section 3.3)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        # a year at the edge has no moment in UTC, and the database takes none
        found.astimezone(UTC) + timedelta(days=2)
        found.astimezone(UTC) - timedelta(days=2)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found


def _body(message: EmailMessage) -> str:
    for part in _parts(message):
        kind = part.get_content_type()
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes):
            continue
        text = _decoded(raw, part)
        if kind == "text/plain":
            return text
        if kind == "text/html":
            words = _Words()
            # markup that the parser cannot follow gives the words up to there
            with suppress(Exception):
                words.feed(text)
                words.close()
            return "".join(words.pieces)
    return ""


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """Its text parts, plain text first; attachments are left out."""
    found = []
    for part in message.walk():
        with suppress(Exception):
            if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
                found.append(part)
    return sorted(found, key=lambda part: part.get_content_type() != "text/plain")  # type: ignore[return-value]


def _decoded(raw: bytes, part: EmailMessage) -> str:
    with suppress(Exception):
        return raw.decode(part.get_content_charset() or "utf-8")
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    return raw.decode("latin-1")


def _clean(text: str) -> str:
    """Line breaks and tabs stay; other control characters go, NUL among them, which PostgreSQL refuses."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    kept = "".join(each for each in lines if each in "\n\t" or each.isprintable())
    return re.sub(r"\n[ \t]*\n\s*", "\n\n", kept).strip()
