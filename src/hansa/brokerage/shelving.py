"""The rows of texts that matching can find, kept in step with requests and projects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from hansa.brokerage.models import MatchText, Request
from hansa.network.models import Project

if TYPE_CHECKING:
    from hansa.matching import Document
    from hansa.strategy.models import Priority

PROJECT = "project"
SUMMARY_WORDS = 60
FEWEST_WORDS = 30
"""A project known by its title alone seems close to anything; it is left out until more is said of it."""
CHUNK = 500
UNREAD = {"vector": None, "place": None, "model": "", "read_as": ""}
"""The state of a row whose text is new: everything has to be read off it again."""


def text_of_project(project: Project) -> str:
    """What of a project is compared: its title and the beginning of its summary."""
    from hansa.matching.text import plain

    return plain("\n".join(filter(None, (project.title, " ".join(project.summary.split()[:SUMMARY_WORDS])))))


def write_project_texts() -> int:
    """Give every project of which something is said its text; a changed text loses its vector. Returns how many were
    written."""
    written = 0
    known = dict(MatchText.objects.filter(project__isnull=False).values_list("project_id", "text"))
    projects = Project.objects.exclude(title="").only("pk", "title", "summary", "language").order_by("pk")
    for batch in chunks(projects.iterator(chunk_size=CHUNK)):
        told = {p.pk: text_of_project(p) for p in batch}
        silent = [pk for pk, text in told.items() if len(text.split()) < FEWEST_WORDS and pk in known]
        MatchText.objects.filter(project__in=silent).delete()
        changed = [p for p in batch if len(told[p.pk].split()) >= FEWEST_WORDS and known.get(p.pk) != told[p.pk]]
        if not changed:
            continue
        written += len(
            MatchText.objects.bulk_create(
                [
                    MatchText(project=p, language=p.language, text=told[p.pk], updated_at=timezone.now())
                    for p in changed
                ],
                update_conflicts=True,
                unique_fields=["project"],
                update_fields=["language", "text", "updated_at", *UNREAD],
            )
        )
    return written


def write_request_text(request: Request, *, again: bool = False) -> MatchText:
    """The text by which others find a published request; a changed text loses its vector.

    `again` says that something besides the text may have changed, so that everything of the row is read again. Where
    nothing has, the row stays as it is: when it was last told decides who has yet to hear of it.
    """
    from hansa.matching.text import plain

    row = MatchText.objects.filter(request=request).first() or MatchText(request=request)
    text = plain(request.public_text)
    changed = row.pk is None or (row.text, row.language) != (text, request.language)
    if changed:
        row.text, row.language = text, request.language
        for name, value in UNREAD.items():
            setattr(row, name, value)
    if changed or again:
        row.agency, row.read_as = request.agency, ""
        row.save()
    return row


def document(row: MatchText) -> Document:
    """What matching is told of a row, with whose request come its region and its priority."""
    from hansa.matching import Document

    if row.request is not None:
        return Document(
            id=f"{row.pk}",
            kind=row.request.type,
            region=row.request.region.code,
            text=row.text,
            lang=row.language or None,
            owner=f"{row.request.agency_id}",
            domains=domains_of(row.request.priority),
            priorities=(row.request.priority.identifier,),
            countries=tuple(row.request.countries),
            published=None if row.request.published_at is None else timezone.localdate(row.request.published_at),
        )
    return Document(id=f"{row.pk}", kind=PROJECT, region="", text=row.text, lang=row.language or None)


def domains_of(priority: Priority) -> tuple[str, ...]:
    """The domains of a priority as matching names them. They are codes of the activity table that it was found in, of
    which NACE alone is shipped so far."""
    return tuple(f"NACE:{code}" for code in priority.domains)


def chunks(rows: Iterator[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
