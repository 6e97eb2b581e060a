"""A version as PDF: the HTML with a stylesheet for print, footnotes on their page, tagged for readers of screens."""

from __future__ import annotations

from importlib import resources

from django.template.loader import render_to_string
from django.utils import translation

from hansa.strategy.documents import queries
from hansa.strategy.documents.rendering.front import front
from hansa.strategy.documents.rendering.html import Renderer
from hansa.strategy.models import DocumentVersion

VARIANT = "pdf/ua-1"


class PdfUnavailable(Exception):
    """WeasyPrint or the libraries of the system that it needs (Pango) are not there; `str()` says what is missing."""


def available() -> str:
    """Empty when PDF can be made here, else what is missing."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as fault:
        return str(fault).splitlines()[0] if str(fault) else type(fault).__name__
    return ""


def page(version: DocumentVersion) -> str:
    """The whole document as one HTML page for print, with nothing that would have to be fetched."""
    with translation.override(version.language):
        content = queries.content(version)
        renderer = Renderer(printed=True)
        body = renderer.body(content)
        return render_to_string(
            "hansa_strategy/documents/print.html",
            {"front": front(version, content), "body": body, "entries": [e for e in renderer.entries if e[1] <= 2]},
        )


def pdf(version: DocumentVersion) -> bytes:
    """The version as a PDF file with bookmarks and tags (PDF/UA-1 as far as WeasyPrint writes it).

    Raises:
        PdfUnavailable: WeasyPrint or Pango is not there.
    """
    missing = available()
    if missing:
        raise PdfUnavailable(missing)
    import weasyprint
    from weasyprint.urls import URLFetcher

    # what is not in the page itself is refused: no request leaves the installation
    closed = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    style = resources.files("hansa.strategy.documents.rendering").joinpath("print.css").read_text(encoding="utf-8")
    made = weasyprint.HTML(string=page(version), url_fetcher=closed, base_url=None).write_pdf(
        stylesheets=[weasyprint.CSS(string=style, url_fetcher=closed)], pdf_variant=VARIANT
    )
    return bytes(made or b"")
