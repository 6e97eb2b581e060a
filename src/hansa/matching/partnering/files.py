"""Projects and partner queries from JSON lines, hits into them: the files of `hansa partners`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hansa.matching.embedding import Embedder, load_embedder
from hansa.matching.jsonl import InputError, Progress, _list, _needed, _objects, _text, write_lines
from hansa.matching.partnering.records import PartnerQuery, Project
from hansa.matching.partnering.suggest import Suggester
from hansa.matching.partnering.weights import PartnerWeights

_BATCH = 100


def read_projects(path: Path) -> list[Project]:
    """Projects `{id, year, members, text?, topic?}`, one JSON object a line.

    Blank lines and unknown fields are ignored; year may be left out and members be empty. Numbers as ids and members
    are taken as text. Raises InputError for the first line that is not such an object or repeats an id, and OSError
    if the file cannot be read.
    """
    projects: list[Project] = []
    first: dict[str, int] = {}
    for number, line, where in _objects(path):
        key = _fresh(line, where, number, first)
        members = line.get("members")
        if isinstance(members, list):
            members = [str(m) if isinstance(m, int) and not isinstance(m, bool) else m for m in members]
        listed = _list({"members": members}, "members", where)
        if members is None:
            raise InputError(f"{where}: the field members is missing; list who took part, or write [].")
        projects.append(
            Project(key, listed, _year(line, "year", where), _text(line, "text", where), _topic(line, where))
        )
    return projects


def read_partner_queries(path: Path, *, new_only: bool = False) -> list[PartnerQuery]:
    """Queries `{id, organisation}` or `{id, text, coordinator?, topic?}`, either with `before?` and `new_only?`.

    `new_only` holds for all queries that do not say otherwise. Raises InputError and OSError as `read_projects`.
    """
    queries: list[PartnerQuery] = []
    first: dict[str, int] = {}
    for number, line, where in _objects(path):
        key = _fresh(line, where, number, first)
        chosen = line.get("new_only", new_only)
        if not isinstance(chosen, bool):
            raise InputError(f"{where}: the field new_only must be true or false.")
        text = line.get("text")
        try:
            queries.append(
                PartnerQuery(
                    key,
                    _name(line, "organisation", where),
                    chosen,
                    _year(line, "before", where),
                    None if text is None else _needed(line, "text", where, empty=True),
                    _name(line, "coordinator", where),
                    _topic(line, where),
                )
            )
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
    return queries


def partner_files(
    projects: Path,
    queries: Path,
    limit: int,
    out: Path,
    *,
    new_only: bool = False,
    weights: PartnerWeights | None = None,
    embedder: Embedder | None = None,
    meaning: bool = True,
    progress: Progress | None = None,
) -> Mapping[str, str]:
    """Suggest partners for the queries of one file from the projects of another: hits `{query, rank, id, score,
    reasons}`, at most `limit` a query, in the order of the queries.

    Texts are compared on words and, with `meaning`, by `embedder` (by default the best that loads), which takes about
    a second a text once. Returns the signals that were missing and why. `out` is written under a temporary name first,
    so it appears whole or not at all. Raises InputError for a bad line, ValueError for a limit below 1 and OSError for
    files that cannot be read or written.
    """
    if limit < 1:
        raise ValueError(f"The limit is {limit}: at least one partner must be asked for.")
    found, asked = read_projects(projects), read_partner_queries(queries, new_only=new_only)
    missing: dict[str, str] = {}
    if any(q.text for q in asked):
        if not any(p.text for p in found):
            missing["texts"] = "No project has a text, so texts are compared with nothing."
        elif meaning and embedder is None:
            loaded = load_embedder()
            embedder = loaded.embedder
            if embedder is None:
                missing["meaning"] = loaded.reason or "No embedding model is loaded: only words are compared."
    tell = progress or (lambda what, done, of: None)
    by_cut: dict[int | None, list[int]] = {}
    for place, query in enumerate(asked):
        by_cut.setdefault(query.before, []).append(place)
    answers: list[list[dict[str, Any]]] = [[] for _ in asked]
    done = 0
    for before, places in by_cut.items():
        suggester = Suggester(found, before, weights=weights, embedder=embedder if meaning else None)
        for start in range(0, len(places), _BATCH):
            part = places[start : start + _BATCH]
            for place, hits in zip(part, suggester.suggest([asked[i] for i in part], limit), strict=True):
                answers[place] = [hit.as_json() for hit in hits]
            done += len(part)
            tell("queries", done, len(asked))

    def lines() -> Iterator[dict[str, Any]]:
        for one in answers:
            yield from one

    write_lines(out, lines())
    return missing


def _fresh(line: Mapping[str, Any], where: str, number: int, first: dict[str, int]) -> str:
    key = _needed(line, "id", where)
    if key in first:
        raise InputError(f"{where}: the id {key!r} was used in line {first[key]} already; give each its own.")
    first[key] = number
    return key


def _year(line: Mapping[str, Any], name: str, where: str) -> int | None:
    value = line.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{where}: the field {name} must be a whole number such as 2018.")
    return value


def _name(line: Mapping[str, Any], name: str, where: str) -> str | None:
    value = line.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(line, name, where)


def _topic(line: Mapping[str, Any], where: str) -> str | None:
    value = line.get("topic")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "|".join(value) or None
    return _text(line, "topic", where)
