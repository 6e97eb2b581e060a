"""CORDIS by time: projects before a cut, questions and answers from those after it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from hansa.matching import PartnerQuery, Project

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "cordis"
MOST = 1_500
LEAST_PAST, LEAST_LATER = 2, 3


@dataclass(frozen=True)
class Split:
    """Projects before a cut and, per kind of question, queries with their answers. `firms` are small and medium-sized
    enterprises or, where sizes are not known, all private companies: `firms_are` says which."""

    name: str
    projects: list[Project]
    history: list[tuple[PartnerQuery, frozenset[str]]]
    new: list[tuple[PartnerQuery, frozenset[str]]]
    texts: list[tuple[PartnerQuery, frozenset[str]]]
    led: list[tuple[PartnerQuery, frozenset[str]]]
    past: dict[str, set[str]]
    firms: frozenset[str]
    firms_are: str


def horizon_2020(cut: str, end: str = "2019-01-01", most: int = MOST, topics: bool = False) -> Split:
    """Questions about organisations with at least two joint projects before the cut and three partners after it."""
    rows = {
        r["rcn"]: (r["start_date"], r["programme_part"] if topics else None, None)
        for r in pq.read_table(FOLDER / "h2020_projects_until_2018.parquet").to_pylist()
    }
    parts = pq.read_table(FOLDER / "h2020_participations_until_2018.parquet").to_pylist()
    members = [(r["rcn"], str(r["pic"]), r["role"]) for r in parts]
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for r in parts:
        kinds[str(r["pic"])][r["type"]] += 1
    firms = frozenset(pic for pic, kind in kinds.items() if kind.most_common(1)[0][0] == "PRC")
    least = (LEAST_PAST, LEAST_LATER)
    return _split(f"H2020 {cut} to {end}", rows, members, (cut, end), most, least, (firms, "private companies"))


def horizon_europe(cut: str, end: str = "2024-09-01", topics: bool = False) -> Split:
    """Questions about all organisations active before and after the cut, and about later projects' objectives."""
    rows = {
        r["id"]: (r["start_date"], r["topic"] if topics else None, r["objective"])
        for r in pq.read_table(FOLDER / "he_projects_until_2024-08.parquet").to_pylist()
    }
    parts = pq.read_table(FOLDER / "he_participations_until_2024-08.parquet").to_pylist()
    small = {str(r["pic"]) for r in pq.read_table(FOLDER / "he_organisations.parquet").to_pylist() if r["sme"]}
    members = [(r["project_id"], str(r["pic"]), r["role"]) for r in parts]
    firms = (frozenset(small), "small and medium-sized")
    return _split(f"HE {cut} to {end}", rows, members, (cut, end), MOST, (1, 1), firms)


def _split(name, rows, members, period, most, least, firms) -> Split:  # type: ignore[no-untyped-def]
    cut, end = (datetime.fromisoformat(day) for day in period)
    within, leads = defaultdict(set), {}
    for project, organisation, role in members:
        within[project].add(organisation)
        if role == "coordinator":
            leads[project] = organisation
    earlier = [p for p in sorted(within) if rows[p][0] < cut]
    later = [p for p in sorted(within) if cut <= rows[p][0] < end]
    projects = [Project(str(p), tuple(sorted(within[p])), rows[p][0].year, rows[p][2], rows[p][1]) for p in earlier]
    known = set().union(*(within[p] for p in earlier))
    past, joint, after = defaultdict(set), defaultdict(int), defaultdict(set)
    for p in earlier:
        for one in within[p]:
            past[one] |= within[p] - {one}
            joint[one] += len(within[p]) > 1
    for p in later:
        for one in within[p] & known:
            after[one] |= (within[p] & known) - {one}
    asked = [o for o in sorted(after) if joint[o] >= least[0] and len(after[o]) >= least[1]]
    fresh = [o for o in asked if after[o] - past[o]]
    pick = np.random.default_rng(20)

    def drawn(names: list[str]) -> list[str]:
        return sorted(pick.choice(names, most, replace=False).tolist()) if len(names) > most else names

    texts, led = [], []
    for p in later:
        answers, lead = within[p] & known, leads.get(p)
        if rows[p][2] and answers:
            texts.append((PartnerQuery(str(p), text=rows[p][2], topic=rows[p][1]), frozenset(answers)))
            if lead and answers - {lead}:
                query = PartnerQuery(str(p), text=rows[p][2], coordinator=lead, topic=rows[p][1])
                led.append((query, frozenset(answers - {lead})))
    history = [(PartnerQuery(o, o), frozenset(after[o])) for o in drawn(asked)]
    new = [(PartnerQuery(o, o, new_only=True), frozenset(after[o] - past[o])) for o in drawn(fresh)]
    return Split(name, projects, history, new, texts, led, past, *firms)
