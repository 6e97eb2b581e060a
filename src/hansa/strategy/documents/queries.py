"""Reads of documents: what a reader may see of a run's, one version, and what has been adopted."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from hansa.strategy.documents.blocks import Content
from hansa.strategy.models import Adoption, Document, DocumentVersion, DocumentWriting, Run

ORDERS = {
    "document": ("document__kind", "pk"),
    "run": ("document__run__title", "document__run__version", "pk"),
    "number": ("number", "pk"),
    "language": ("language", "pk"),
    "when": ("at", "pk"),
}


def versions(*, drafts: bool) -> QuerySet[DocumentVersion]:
    """Versions without their content, the newest first; only adopted ones unless `drafts`."""
    standing = Adoption.objects.filter(withdrawn_at__isnull=True).select_related("by")
    found = (
        DocumentVersion.objects.defer("content")
        .select_related("document__run", "by")
        .prefetch_related(Prefetch("adoptions", queryset=standing, to_attr="standing"))
        .annotate(adopted=Exists(standing.filter(version=OuterRef("pk"))))
        .order_by("-at", "-pk")
    )
    return found if drafts else found.filter(adopted=True)


def listed(
    found: QuerySet[DocumentVersion], words: str, kind: str, language: str, sort: str
) -> QuerySet[DocumentVersion]:
    """The versions that answer the filters, in the order asked for."""
    if words:
        found = found.filter(Q(document__run__title__icontains=words) | Q(reason__icontains=words))
    if kind:
        found = found.filter(document__kind=kind)
    if language:
        found = found.filter(language=language)
    sign = "-" if sort.startswith("-") else ""
    return found.order_by(*(sign + name for name in ORDERS.get(sort.removeprefix("-"), ("at", "pk"))))


def of_run(run: Run, *, drafts: bool) -> list[tuple[Document | None, str, str, list[DocumentVersion]]]:
    """(document, kind, its name, versions) for each of the four kinds, written or not."""
    held = {d.kind: d for d in run.documents.all()}
    found = list(versions(drafts=drafts).filter(document__run=run))
    return [
        (held.get(kind), kind, str(label), [v for v in found if v.document.kind == kind])
        for kind, label in Document.Kind.choices
    ]


def latest_writing(document: Document) -> DocumentWriting | None:
    return document.writings.select_related("by").first()


def version(pk: int) -> DocumentVersion:
    """One version with its content; raises `DocumentVersion.DoesNotExist`."""
    return DocumentVersion.objects.select_related("document__run", "by").get(pk=pk)


def standing_adoption(found: DocumentVersion) -> Adoption | None:
    return found.adoptions.filter(withdrawn_at__isnull=True).select_related("by").first()


def content(found: DocumentVersion) -> Content:
    return Content.from_json(found.content)


def earlier(found: DocumentVersion) -> DocumentVersion | None:
    """The version before it in the same language."""
    same = found.document.versions.filter(language=found.language, number__lt=found.number)
    return same.order_by("-number").first()
