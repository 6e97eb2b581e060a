"""A query's filters as tags, so that PostgreSQL and Tantivy keep and leave out the same documents as memory does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansa.matching.language import normalised
from hansa.matching.records import stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hansa.matching.records import Document, Query


@dataclass(frozen=True)
class Filter:
    """What a document must carry: one tag of every group in `any_of`, none of `none_of`, no id of `not_ids`."""

    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    not_ids: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether everything passes."""
        return not (self.any_of or self.none_of or self.not_ids)


def tags_of(document: Document, lang: str | None) -> list[str]:
    """The tags of a document that is taken to be in `lang`: everything that a filter can ask for.

    A region carries the tags of all regions above it and a domain those of all domains above it, so that a filter is
    the comparison of whole tags.
    """
    tags = {f"kind:{document.kind}", f"lang:{lang}"}
    if document.owner is not None:
        tags.add(f"owner:{document.owner}")
    tags.update(f"region:{document.region[:end]}" for end in range(1, len(document.region) + 1))
    tags.update(f"cooperation:{kind}" for kind in document.cooperation)
    tags.update(f"priority:{priority}" for priority in document.priorities)
    for code in document.domains:
        tags.update(_line(code))
    return sorted(tags)


def filter_of(query: Query) -> Filter:
    """The filter that keeps exactly the documents which `query.admits`. Ids that are no row numbers exclude nothing."""
    groups = [
        [f"kind:{kind}" for kind in query.kinds],
        [f"region:{code}" for code in query.regions],
        [f"lang:{normalised(code)}" for code in query.languages],
        [_domain(*stem(code)) for code in query.only_domains],
        [f"cooperation:{kind}" for kind in query.only_cooperation],
        [f"priority:{priority}" for priority in query.only_priorities],
    ]
    none_of = [f"region:{code}" for code in query.exclude_regions]
    if query.owner is not None:
        none_of.append(f"owner:{query.owner}")
    return Filter(
        any_of=tuple(tuple(group) for group in groups if group),
        none_of=tuple(none_of),
        not_ids=tuple(row_numbers(query.exclude_ids)),
    )


def tags_for_domains(codes: Iterable[str]) -> list[str]:
    """Tags of documents whose domain is one of `codes`, or lies below or above one."""
    return sorted({tag for code in codes for tag in _line(code)})


def row_numbers(ids: Iterable[str]) -> Iterator[int]:
    """The row numbers among `ids`."""
    return (int(key) for key in ids if key.isascii() and key.isdigit() and len(key) < 19)


def _line(code: str) -> Iterator[str]:
    classification, digits = stem(code)
    return (_domain(classification, digits[:end]) for end in range(1, len(digits) + 1))


def _domain(classification: str, digits: str) -> str:
    return f"domain:{classification}:{digits}"
