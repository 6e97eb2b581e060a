"""Documents and queries from JSON lines, hits into them: the files of `hansa match`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from hansa.matching.records import Document, Query

if TYPE_CHECKING:
    from hansa.matching.index import Index

_BATCH = 64
_DOCUMENT_TEXTS = ("kind", "region", "lang", "title", "owner")
_DOCUMENT_LISTS = ("domains", "wants", "priorities", "cooperation", "countries")
_QUERY_LISTS = ("domains", "priorities", "cooperation", "liked_ids", "disliked_ids")
_FILTERS = (
    "kinds", "regions", "exclude_regions", "exclude_ids", "domains", "languages", "cooperation", "priorities",
)  # fmt: skip

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, how many there are."""


class InputError(ValueError):
    """A line that cannot be used; the message names the file, the line and what to do."""


def read_documents(path: Path) -> list[Document]:
    """Documents `{id, kind, region, text, lang?, title?, domains?, wants?, owner?}`, one JSON object a line.

    What is known of them besides: priorities, cooperation and countries (lists), published (a date such as
    "2026-08-31"), quality (0 to 1), outcomes (a whole number). Only id and text are needed; blank lines and unknown
    fields are ignored. Raises InputError for the first line that
    is not such an object or repeats an id, and OSError if the file cannot be read.
    """
    documents: list[Document] = []
    first: dict[str, int] = {}
    for number, line, where in _objects(path):
        key = _needed(line, "id", where)
        if key in first:
            raise InputError(f"{where}: the id {key!r} was used in line {first[key]} already; give each its own.")
        first[key] = number
        texts = {name: _text(line, name, where) for name in _DOCUMENT_TEXTS}
        lists: dict[str, Any] = {name: _list(line, name, where) for name in _DOCUMENT_LISTS}
        try:
            documents.append(
                Document(
                    id=key,
                    kind=texts["kind"] or "",
                    region=texts["region"] or "",
                    text=_needed(line, "text", where, empty=True),
                    lang=texts["lang"],
                    title=texts["title"],
                    owner=texts["owner"],
                    published=_date(line, "published", where),
                    quality=_number(line, "quality", where),
                    outcomes=_count(line, "outcomes", where),
                    **lists,
                )
            )
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
    return documents


def read_queries(path: Path) -> list[Query]:
    """Queries `{id, text, lang?, want?, exclude_regions?, domains?, owner?, filters?}`, one JSON object a line.

    The asker is described by region, priorities and cooperation, the day of asking by today (a date), what was accepted
    or refused before by liked_ids and disliked_ids. `filters` holds lists: kinds, regions, exclude_regions,
    exclude_ids, domains, languages, cooperation, priorities; an unknown filter is an error, since to ignore it would
    show what was to be left out. Raises InputError and OSError as `read_documents`.
    """
    queries: list[Query] = []
    first: dict[str, int] = {}
    for number, line, where in _objects(path):
        key = _needed(line, "id", where)
        if key in first:
            raise InputError(f"{where}: the id {key!r} was used in line {first[key]} already; give each its own.")
        first[key] = number
        chosen = _filters(line, where)
        lists: dict[str, Any] = {name: _list(line, name, where) for name in _QUERY_LISTS}
        outside = _list(line, "exclude_regions", where)
        try:
            queries.append(
                Query(
                    id=key,
                    text=_needed(line, "text", where, empty=True),
                    lang=_text(line, "lang", where),
                    want=_text(line, "want", where),
                    kinds=chosen["kinds"],
                    regions=chosen["regions"],
                    exclude_regions=tuple(dict.fromkeys(outside + chosen["exclude_regions"])),
                    exclude_ids=chosen["exclude_ids"],
                    only_domains=chosen["domains"],
                    only_cooperation=chosen["cooperation"],
                    only_priorities=chosen["priorities"],
                    languages=chosen["languages"],
                    owner=_text(line, "owner", where),
                    region=_text(line, "region", where) or "",
                    today=_date(line, "today", where),
                    **lists,
                )
            )
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
    return queries


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> int:
    """Write one JSON object a line and return their number; the file appears whole or not at all."""
    count = 0
    with _whole(path) as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def match_files(
    documents: Path,
    queries: Path,
    limit: int,
    out: Path,
    classifications: Path | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> Mapping[str, str]:
    """Rank the documents of one file for the queries of another and write hits `{query, rank, id, score, reasons}`.

    `classifications` is the folder of the label tables, without which no concepts are compared; `cache` a file for
    label means between runs. Returns the signals that were missing and why. `out` is written under a temporary name
    first. Raises InputError for a bad line, ClassificationError for bad tables, ValueError for a limit below 1 and
    OSError for files that cannot be read or written.
    """
    if limit < 1:
        raise ValueError(f"The limit is {limit}: at least one hit must be asked for.")
    found, asked = read_documents(documents), read_queries(queries)
    index, missing = _prepared_index(classifications, cache)
    tell = progress or (lambda what, done, of: None)
    for start in range(0, len(found), _BATCH):
        index.add(found[start : start + _BATCH])
        tell("documents", min(start + _BATCH, len(found)), len(found))

    def lines() -> Iterator[dict[str, Any]]:
        for start in range(0, len(asked), _BATCH):
            for hits in index.search_many(asked[start : start + _BATCH], limit):
                yield from (hit.as_json() for hit in hits)
            tell("queries", min(start + _BATCH, len(asked)), len(asked))

    write_lines(out, lines())
    return missing


def _prepared_index(classifications: Path | None, cache: Path | None) -> tuple[Index, Mapping[str, str]]:
    from hansa.matching.centring import LabelMeans
    from hansa.matching.concepts import ConceptBridge
    from hansa.matching.embedding import load_embedder
    from hansa.matching.index import Index

    loaded = load_embedder()
    bridge = None if classifications is None else ConceptBridge.from_folder(classifications)
    means = None if loaded.embedder is None or bridge is None else LabelMeans(loaded.embedder, bridge, cache)
    index = Index(loaded.embedder, bridge, means)
    missing = dict(index.missing)
    if loaded.embedder is None and loaded.reason:
        missing["meaning"] = loaded.reason
    return index, missing


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any], str]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            where = f"{path.name}, line {number}"
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                if not text:
                    continue
                value = json.loads(text)
            except UnicodeDecodeError as error:
                raise InputError(f"{where}: the line is not UTF-8; save the file as UTF-8.") from error
            except (json.JSONDecodeError, RecursionError) as error:
                raise InputError(f"{where}: the line is not JSON ({error}); write one object a line.") from error
            if not isinstance(value, dict):
                raise InputError(f"{where}: the line is not a JSON object; write {{...}} with id and text.")
            yield number, value, where


def _needed(line: Mapping[str, Any], name: str, where: str, *, empty: bool = False) -> str:
    value = line.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        value = str(value)
    if not isinstance(value, str) or not (value or empty):
        raise InputError(f"{where}: the field {name} is missing or not a text; it is needed.")
    return value


def _text(line: Mapping[str, Any], name: str, where: str) -> str | None:
    value = line.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise InputError(f"{where}: the field {name} must be a text, not {type(value).__name__}.")


def _list(line: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = line.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise InputError(f'{where}: the field {name} must be a list of texts such as ["PL84"].')


def _filters(line: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    filters = line.get("filters") or {}
    if not isinstance(filters, dict):
        raise InputError(f'{where}: filters must be an object such as {{"exclude_regions": ["PL"]}}.')
    unknown = sorted(set(filters) - set(_FILTERS))
    if unknown:
        raise InputError(f"{where}: there is no filter {unknown[0]!r}; choose among {', '.join(_FILTERS)}.")
    return {name: _list(filters, name, where) for name in _FILTERS}


def _date(line: Mapping[str, Any], name: str, where: str) -> date | None:
    value = _text(line, name, where)
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f'{where}: the field {name} must be a date such as "2026-08-31", not {value!r}.') from error


def _number(line: Mapping[str, Any], name: str, where: str) -> float | None:
    value = line.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: the field {name} must be a number, not {type(value).__name__}.")
    return value


def _count(line: Mapping[str, Any], name: str, where: str) -> int | None:
    value = line.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{where}: the field {name} must be a whole number, not {type(value).__name__}.")
    return value


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        # A lone surrogate, which JSON may hold as an escape and UTF-8 may not, becomes that escape again.
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
