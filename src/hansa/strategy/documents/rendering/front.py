"""What stands before a version's content in every format: title, run, version, language, day, digest, standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.strategy.documents import queries
from hansa.strategy.documents.blocks import Content, clean, words_of
from hansa.strategy.models import DocumentVersion


@dataclass(frozen=True)
class Front:
    """The title page. `facts` are pairs of a name and its value; `standing` says draft or adopted."""

    kind: str
    title: str
    subtitle: str
    language: str
    standing: str
    adopted: bool
    facts: tuple[tuple[str, str], ...]

    @property
    def running(self) -> str:
        """The line at the head of every page."""
        return f"{self.title} · {self.subtitle}"


def front(version: DocumentVersion, content: Content) -> Front:
    """The title page of a version, in the active language."""
    adoption = queries.standing_adoption(version)
    standing = _("Draft of the partnership, not adopted")
    if adoption is not None:
        standing = _("Adopted on %(day)s by %(person)s, lead partner") % {
            "day": adoption.on.isoformat(),
            "person": clean(adoption.by),
        }
    facts: list[tuple[str, Any]] = [
        (_("Version"), version.number),
        (_("Written on"), date_format(timezone.localtime(version.at), "Y-m-d H:i T")),
        (_("Why this version"), clean(version.reason)),
    ]
    if adoption is not None:
        facts.append((_("Decision"), clean(adoption.reason)))
    facts.append((_("Digest of the content (SHA-256)"), version.digest))
    return Front(
        kind=content.kind,
        title=content.title,
        subtitle=words_of(content.subtitle),
        language=content.language,
        standing=standing,
        adopted=adoption is not None,
        facts=tuple((name, str(value)) for name, value in facts),
    )


def file_name(version: DocumentVersion, ending: str) -> str:
    """A name that tells two downloads apart."""
    return f"hansa-{version.document.kind}-{version.document.run_id}-v{version.number}-{version.language}.{ending}"
