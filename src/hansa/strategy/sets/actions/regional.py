"""Enter, import, change and withdraw regional priorities, and keep the strategies that they come from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Person, Region
from hansa.network.permissions import authorise
from hansa.strategy.models import RegionalPriority, RegionalTag, StrategySource
from hansa.strategy.sets import checking, table
from hansa.strategy.sets.checking import Checked, Ready
from hansa.strategy.sets.reading import Document

CHANGEABLE = ("region", "title", "text", "language", "page", "source")


@dataclass(frozen=True)
class Kept:
    """A passage that a person chose and may have edited."""

    page: int
    title: str
    text: str
    language: str


@transaction.atomic
def enter_priority(
    actor: Person,
    *,
    region: Region,
    title: str,
    text: str = "",
    language: str = "",
    page: int | None = None,
    source: StrategySource | None = None,
) -> RegionalPriority:
    """Record one priority of a region in its own words; an empty `language` is detected from them.

    Raises:
        Forbidden: the actor is neither analyst nor lead partner.
        Refused: no title, the region has one of that title, or source and region or page do not belong together.
    """
    authorise(actor, "strategy.write_regional_priority")
    title = " ".join(title.split())
    if not title:
        raise Refused(_("Give the priority a title."))
    _check_source(region, source, page)
    if RegionalPriority.objects.filter(region=region, title__iexact=title, withdrawn_at__isnull=True).exists():
        raise Refused(_("%(region)s has a priority of this title already.") % {"region": region.local_name})
    made = RegionalPriority.objects.create(
        region=region,
        source=source,
        page=page,
        title=title[:300],
        text=text.strip(),
        language=language or checking.language_of(f"{title}\n{text}"),
        coder=actor,
    )
    note(actor, "enter_regional_priority", made, region=region.code)
    return made


def _check_source(region: Region, source: StrategySource | None, page: int | None) -> None:
    if source is not None and source.region_id != region.pk:
        raise Refused(_("This document is a strategy of another region."))
    if source is not None and page is not None and source.pages and page > len(source.pages):
        raise Refused(_("The document has %(pages)d pages only.") % {"pages": len(source.pages)})


@transaction.atomic
def change_priority(actor: Person, priority: RegionalPriority, **changes: object) -> RegionalPriority:
    """Correct title, text, language, region, page or source; the audit note keeps what stood there before.

    Raises:
        Forbidden: as `enter_priority`.
        Refused: it was withdrawn, the title is empty, or source and region or page do not belong together.
    """
    authorise(actor, "strategy.write_regional_priority", priority)
    held = RegionalPriority.objects.select_for_update(of=("self",)).select_related("region", "source").get(
        pk=priority.pk
    )  # fmt: skip
    if held.withdrawn_at is not None:
        raise Refused(_("This priority was withdrawn; restore it first."))
    before = {name: str(getattr(held, name) or "") for name in CHANGEABLE}
    for name in CHANGEABLE:
        if name in changes:
            setattr(held, name, changes[name])
    held.title = " ".join(held.title.split())
    if not held.title:
        raise Refused(_("Give the priority a title."))
    _check_source(held.region, held.source, held.page)
    held.save()
    changed = {name: was for name, was in before.items() if was != str(getattr(held, name) or "")}
    if changed:
        note(actor, "change_regional_priority", held, before=changed)
    return held


@transaction.atomic
def withdraw_priority(actor: Person, priority: RegionalPriority, *, reason: str) -> RegionalPriority:
    """Withdraw a priority: the public no longer sees it and no set is computed from it; it stays on record.

    Raises:
        Forbidden, Refused: as above; no reason, or a common priority that is open rests on it.
    """
    authorise(actor, "strategy.write_regional_priority", priority)
    held = RegionalPriority.objects.select_for_update().get(pk=priority.pk)
    if not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    if held.withdrawn_at is not None:
        raise Refused(_("It was withdrawn already."))
    resting = next((each for each in held.common.all() if each.is_open), None)
    if resting is not None:
        raise Refused(_("%(id)s rests on it; split or drop that common priority first.") % {"id": resting.identifier})
    held.withdrawn_at = timezone.now()
    held.save(update_fields=["withdrawn_at"])
    note(actor, "withdraw_regional_priority", held, reason=reason.strip())
    return held


@transaction.atomic
def restore_priority(actor: Person, priority: RegionalPriority, *, reason: str) -> RegionalPriority:
    """Take a withdrawn priority up again.

    Raises:
        Forbidden, Refused: as above; no reason, or it was not withdrawn.
    """
    authorise(actor, "strategy.write_regional_priority", priority)
    held = RegionalPriority.objects.select_for_update().get(pk=priority.pk)
    if not reason.strip():
        raise Refused(_("Say why it is taken up again."))
    if held.withdrawn_at is None:
        raise Refused(_("It is not withdrawn."))
    held.withdrawn_at = None
    held.save(update_fields=["withdrawn_at"])
    note(actor, "restore_regional_priority", held, reason=reason.strip())
    return held


@transaction.atomic
def import_priorities(actor: Person, content: bytes, file: str) -> list[RegionalPriority]:
    """Record every row of a CSV file that is not recorded yet, all of them or none; tags in it count as confirmed.

    Raises:
        Forbidden: as `enter_priority`.
        Refused: the file has a fault (the first is told), or nothing new.
    """
    authorise(actor, "strategy.write_regional_priority")
    checked = checking.check(table.parse(content, file), file)
    if checked.faults:
        raise Refused(str(checked.faults[0]))
    if not checked.fresh:
        raise Refused(_("Every row of %(file)s is recorded already.") % {"file": file})
    sources = _sources_of(actor, checked, content, file)
    made = RegionalPriority.objects.bulk_create(
        RegionalPriority(
            region=each.region,
            source=sources[each.region.pk, each.row.source],
            page=each.row.page,
            title=each.row.title,
            text=each.row.text,
            language=each.language,
            coder=actor,
        )
        for each in checked.fresh
    )
    now = timezone.now()
    RegionalTag.objects.bulk_create(
        RegionalTag(
            priority=priority,
            facet=tag.facet,
            classification=tag.classification,
            code=tag.code,
            label=tag.label,
            labels=dict(tag.labels),
            proposed_by=actor,
            decided_by=actor,
            decided_at=now,
            holds=True,
        )
        for priority, each in zip(made, checked.fresh, strict=True)
        for tag in each.tags
    )
    return made


def _sources_of(actor: Person, checked: Checked, content: bytes, file: str) -> dict[tuple[int, str], StrategySource]:
    """One source per region and named document; each gets its audit note with the number of priorities."""
    grouped: dict[tuple[int, str], list[Ready]] = {}
    for each in checked.fresh:
        grouped.setdefault((each.region.pk, each.row.source), []).append(each)
    found = {}
    for (region, title), rows in grouped.items():
        source, _fresh = StrategySource.objects.get_or_create(
            region_id=region,
            digest=hashlib.sha256(content + title.encode()).hexdigest(),
            defaults={
                "title": title or file,
                "kind": StrategySource.Kind.CSV,
                "file_name": file[:200],
                "language": Counter(each.language for each in rows).most_common(1)[0][0],
                "by": actor,
            },
        )
        note(actor, "import_regional_priorities", source, priorities=len(rows), file=file)
        found[region, title] = source
    return found


@transaction.atomic
def add_source(
    actor: Person,
    document: Document,
    *,
    region: Region,
    title: str,
    file_name: str = "",
    language: str = "",
    year: int | None = None,
    url: str = "",
) -> StrategySource:
    """Keep a strategy page by page; an empty `language` is detected. The same document of a region is kept once.

    Raises:
        Forbidden: as `enter_priority`.
        Refused: no title, or the region has this document already.
    """
    authorise(actor, "strategy.write_strategy_source")
    if not title.strip():
        raise Refused(_("Give the document a title."))
    text = "\f".join(document.pages)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if StrategySource.objects.filter(region=region, digest=digest).exists():
        raise Refused(_("This document of %(region)s is kept already.") % {"region": region.local_name})
    longest = max(document.pages, key=len)
    made = StrategySource.objects.create(
        region=region,
        title=title.strip()[:300],
        kind=document.kind,
        file_name=file_name[:200],
        digest=digest,
        language=language or checking.language_of(longest),
        year=year,
        url=url,
        pages=document.pages,
        by=actor,
    )
    note(actor, "add_strategy_source", made, pages=len(document.pages))
    return made


@transaction.atomic
def keep_passages(actor: Person, source: StrategySource, chosen: Sequence[Kept]) -> list[RegionalPriority]:
    """Record the passages that a person chose from a document as priorities of its region.

    Raises:
        Forbidden, Refused: as `enter_priority`, for the first passage that cannot be kept; then none is.
    """
    authorise(actor, "strategy.write_regional_priority")
    if not chosen:
        raise Refused(_("Choose at least one passage."))
    return [
        enter_priority(
            actor,
            region=source.region,
            title=each.title,
            text=each.text,
            language=each.language,
            page=each.page,
            source=source,
        )
        for each in chosen
    ]
