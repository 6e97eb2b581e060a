"""A strategy document as pages of text: pasted, PDF or DOCX. What cannot be read is refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hansa.network.faults import Refused
from hansa.strategy.models import StrategySource

MOST_BYTES = 20_000_000
MOST_PAGES = 600
MOST_CHARACTERS = 3_000_000
MOST_UNPACKED = 200_000_000
FEWEST_PER_PAGE = 15
"""A PDF with fewer letters a page than this on average is pictures of text."""
FORM_FEED = "\f"


@dataclass(frozen=True)
class Document:
    """`pages` are plain text; a pasted text and a DOCX have one page for each page break that is written in them."""

    kind: str
    pages: list[str]


def read_text(text: str) -> Document:
    """Pages of a pasted text; a form feed begins a new one.

    Raises:
        Refused: there is nothing to read, or too much.
    """
    pages = [_clean(page) for page in text.replace("\r\n", "\n").split(FORM_FEED)]
    return _checked(StrategySource.Kind.TEXT, pages, _("The text"))


def read_file(content: bytes, name: str) -> Document:
    """Pages of an uploaded PDF or DOCX, told apart by their content and not by their name.

    Raises:
        Refused: too large, of another kind, broken, encrypted, empty, or only pictures of text; says which.
    """
    if not content:
        raise Refused(_("“%(file)s” is empty.") % {"file": name})
    if len(content) > MOST_BYTES:
        raise Refused(
            _("“%(file)s” is larger than %(most)d MB; upload the part that holds the priorities.")
            % {"file": name, "most": MOST_BYTES // 1_000_000}
        )
    if b"%PDF-" in content[:1024]:
        return _checked(StrategySource.Kind.PDF, _pdf_pages(content, name), name)
    if content[:4] == b"PK\x03\x04":
        return _checked(StrategySource.Kind.DOCX, _docx_pages(content, name), name)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refused(
            _("“%(file)s” is an old or an encrypted Office file; save it as DOCX without a password.") % {"file": name}
        )
    raise Refused(_("“%(file)s” is neither a PDF nor a DOCX; paste its text instead.") % {"file": name})


def _checked(kind: str, pages: list[str], name: str) -> Document:
    letters = sum(c.isalpha() for page in pages for c in page)
    if not letters:
        if kind == StrategySource.Kind.PDF:
            raise Refused(_scanned(name))
        raise Refused(_("%(file)s holds no text.") % {"file": name})
    if kind == StrategySource.Kind.PDF and letters < FEWEST_PER_PAGE * len(pages):
        raise Refused(_scanned(name))
    if sum(map(len, pages)) > MOST_CHARACTERS:
        raise Refused(
            _("%(file)s has more than %(most)d million characters; give the part that holds the priorities.")
            % {"file": name, "most": MOST_CHARACTERS // 1_000_000}
        )
    return Document(kind, pages)


def _scanned(name: str) -> str:
    return _("“%(file)s” holds pictures of pages and no text; run text recognition over it or paste the text.") % {
        "file": name
    }


def _pdf_pages(content: bytes, name: str) -> list[str]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused(_("“%(file)s” is encrypted; save it without a password.") % {"file": name}) from None
        raise Refused(_broken(name)) from None
    try:
        if len(document) > MOST_PAGES:
            raise Refused(
                _("“%(file)s” has more than %(most)d pages; give the part that holds the priorities.")
                % {"file": name, "most": MOST_PAGES}
            )
        pages = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            pages.append(_clean(text.get_text_bounded()))
            text.close()
            page.close()
        return pages
    except pypdfium2.PdfiumError:
        raise Refused(_broken(name)) from None
    finally:
        document.close()


def _docx_pages(content: bytes, name: str) -> list[str]:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                raise Refused(_("“%(file)s” unpacks to far more than a document holds.") % {"file": name})
        document = docx.Document(io.BytesIO(content))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError, OSError):
        raise Refused(_broken(name)) from None
    return _docx_text(document)


def _docx_text(document: object) -> list[str]:
    """Paragraphs and table rows in their order; a list's number is not in the text, so a bullet stands for it."""
    from docx.table import Table

    pages: list[list[str]] = [[]]
    for block in document.iter_inner_content():  # type: ignore[attr-defined]
        if isinstance(block, Table):
            pages[-1].extend(" | ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows)
            continue
        style = (block.style.name or "") if block.style is not None else ""
        listed = block._p.pPr is not None and block._p.pPr.numPr is not None
        before, *after = _parts_at_breaks(block)
        mark = "# " if style.startswith(("Heading", "Title")) else "• " if listed or style.startswith("List") else ""
        pages[-1].append(mark + before if before else "")
        for part in after:
            pages.append([part])
    return [_clean("\n".join(lines)) for lines in pages]


def _parts_at_breaks(paragraph: object) -> list[str]:
    """The paragraph's text cut at its page breaks, those that were set and those that the writer's program kept."""
    parts = [""]
    for run in paragraph._p.iter():  # type: ignore[attr-defined]
        tag = run.tag.rsplit("}", 1)[-1]
        kind = next((value for key, value in run.attrib.items() if key.endswith("}type")), "")
        if tag == "lastRenderedPageBreak" or (tag == "br" and kind == "page"):
            parts.append("")
        elif tag == "t":
            parts[-1] += run.text or ""
        elif tag in ("br", "tab"):
            parts[-1] += " "
    return [part.strip() for part in parts]


def _broken(name: str) -> str:
    return _("“%(file)s” is broken and cannot be read; save it again or paste its text.") % {"file": name}


def _clean(page: str) -> str:
    """Plain lines without the characters that a database or a reader chokes on."""
    text = page.replace("\r\n", "\n").replace("\r", "\n").replace("\u00ad", "").replace("\ufffe", "")
    kept = "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF))
    return "\n".join(line.strip() for line in kept.split("\n")).strip("\n")
