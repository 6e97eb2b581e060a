"""Organisations and projects of CORDIS (© European Union, CC BY 4.0), as streams of plain records."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansa.evidence.errors import fault

KINDS = {"HES": "university", "REC": "research", "PRC": "company", "PUB": "public", "OTH": "other"}
"""The Commission's types of organisation in words."""

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Organisation:
    """`pic` is the Commission's participant number; `type` one of `KINDS`; `sme` None where not stated;
    `country` in Eurostat's codes (EL, UK)."""

    pic: int
    name: str
    short_name: str
    type: str
    sme: bool | None
    city: str
    country: str
    url: str


@dataclass(frozen=True)
class Participant:
    """`role`: coordinator, participant, associatedPartner or thirdParty; `contribution` in EUR, None where unknown."""

    pic: int
    role: str
    contribution: float | None


@dataclass(frozen=True)
class Project:
    """One project with its participants, the coordinator first; `euroscivoc` are paths like "/natural sciences/…"."""

    id: str
    acronym: str
    title: str
    topic: str
    topic_title: str
    objective: str
    start_year: int | None
    euroscivoc: tuple[str, ...]
    participants: tuple[Participant, ...]


def read_organisations(path: Path | str) -> Iterator[Organisation]:
    """Stream `he_organisations.parquet`. Raises `EvidenceError` for a missing or damaged file or column."""
    for row in rows(path, ("pic", "name", "short_name", "sme", "type", "city", "country", "url")):
        if row["pic"] is None or not tidy(row["name"]):
            continue
        texts = {name: unquoted(tidy(row[name])) for name in ("name", "short_name", "type", "city", "country", "url")}
        yield Organisation(pic=int(row["pic"]), sme=row["sme"], **texts)


def read_projects(projects: Path | str, participations: Path | str) -> Iterator[Project]:
    """Stream `he_projects_*.parquet` with the participants of `he_participations_*.parquet`.

    Participations are held in memory (small: number, role, amount), projects with their texts are not.
    Raises `EvidenceError` for a missing or damaged file or column.
    """
    members: dict[str, list[Participant]] = defaultdict(list)
    for row in rows(participations, ("project_id", "pic", "role", "ec_contribution")):
        if row["project_id"] is not None and row["pic"] is not None:
            member = Participant(int(row["pic"]), tidy(row["role"]), row["ec_contribution"])
            members[str(row["project_id"])].append(member)
    texts = ("id", "acronym", "title", "topic", "topic_title", "objective")
    for row in rows(projects, (*texts, "start_date", "euroscivoc")):
        values = {name: tidy(row[name]) for name in texts}
        paths = tuple(path for path in tidy(row["euroscivoc"]).split("|") if path)
        year = row["start_date"].year if row["start_date"] is not None else None
        participants = tuple(sorted(members.get(values["id"], ()), key=lambda one: one.role != "coordinator"))
        yield Project(start_year=year, euroscivoc=paths, participants=participants, **values)


def tidy(text: Any) -> str:
    """One line without doubled blanks; empty for null."""
    return "" if text is None else _BLANKS.sub(" ", str(text)).strip()


def unquoted(text: str) -> str:
    """A text without the quotation marks that a comma-separated table put around it and doubled inside."""
    inside = text[1:-1]
    if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in inside.replace('""', ""):
        return inside.replace('""', '"').strip()
    return text


def rows(path: Path | str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Stream the named columns of a Parquet file as dictionaries, a batch at a time. Raises `EvidenceError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    if not path.is_file():
        raise fault(path, "there is no such file", "check the path")
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            missing = [name for name in columns if name not in file.schema_arrow.names]
            if missing:
                found = ", ".join(file.schema_arrow.names)
                raise fault(
                    path, f"there is no column “{missing[0]}”", f"give a file that has it; this one has {found}"
                )
            for batch in file.iter_batches(batch_size=1024, columns=list(columns), use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise fault(path, f"the Parquet file is damaged ({str(error)[:120]})", "fetch it again") from None
