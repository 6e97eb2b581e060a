"""Partners ranked and explained: the signals of a history joined to one score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.matching.explain import Reason
from hansa.matching.partnering import signals
from hansa.matching.partnering.history import History
from hansa.matching.partnering.likeness import Likeness
from hansa.matching.partnering.records import PartnerQuery, Project, topics_of
from hansa.matching.partnering.room import DEPTH, with_room
from hansa.matching.partnering.weights import PartnerWeights
from hansa.matching.records import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.embedding import Embedder

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Places = NDArray[np.intp]

_BATCH = 100
_SHOWN = 3
_DIGITS = 9
_TIES = ("words", "texts", "past", "common", "reach", "alike", "circle", "topic", "profile")
_CODES = {
    "words": "similar_projects",
    "texts": "similar_projects",
    "past": "past_partner",
    "common": "common_partners",
    "reach": "near_in_projects",
    "alike": "joins_the_same",
    "circle": "same_circle",
    "topic": "same_topics",
    "profile": "same_topics",
    "active": "active_organisation",
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known for one query: the nearest projects by number per kind of likeness, who may be suggested, and the
    signals, each between 0 and 1 per organisation of the history; silent signals are left out."""

    query: PartnerQuery
    near: Mapping[str, Mapping[int, float]]
    allowed: Bools
    signals: Mapping[str, Floats]


class Suggester:
    """Answers partner queries from projects that began before `before`.

    The score is the weighted mean of the signals, each as a share of its sum over the candidates that it favours most;
    it lies between 0 and 1, orders the hits of one query and is no probability. Where `PartnerWeights.room` moves an
    organisation with few projects up, its score is raised to that of the next hit, and a reason says by how much.
    Reasons add up to the score (to 1e-6). Only organisations that something besides their size ties to the query are
    suggested, so an organisation without projects gets none: describe its project in a text. Without `embedder` texts
    are compared on words alone.
    """

    def __init__(
        self,
        projects: Iterable[Project],
        before: int | None = None,
        *,
        weights: PartnerWeights | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self.weights = weights or PartnerWeights()
        self.history = History(projects, before)
        self._embedder = embedder
        self._texts: Likeness | None = None

    def suggest(self, queries: Sequence[PartnerQuery], limit: int = 20) -> list[list[Hit]]:
        """Hits per query, best first; equal scores in order of id, after those that were moved up to them. `before` of
        the queries is not looked at here. Raises ValueError if `limit` is below 1."""
        if limit < 1:
            raise ValueError(f"The limit is {limit}: at least one partner must be asked for.")
        found: list[list[Hit]] = []
        for start in range(0, len(queries), _BATCH):
            found += [self._ranked(one, limit) for one in self._batch(queries[start : start + _BATCH])]
        return found

    def evidence(self, queries: Sequence[PartnerQuery]) -> Iterator[Evidence]:
        """Per query, the value of each signal between 0 and 1 for every organisation, before they are joined."""
        for start in range(0, len(queries), _BATCH):
            yield from self._batch(queries[start : start + _BATCH])

    def _batch(self, queries: Sequence[PartnerQuery]) -> Iterator[Evidence]:
        known = [q.asking for q in queries if q.asking is not None and q.asking in self.history.index]
        rows = {name: place for place, name in enumerate(dict.fromkeys(known))}
        numbers = np.array([self.history.index[name] for name in rows], dtype=np.int64)
        graph = signals.of_organisations(self.history, numbers) if rows else {}
        if self._texts is None:
            self._texts = Likeness(self.history, self._embedder)
        nearest = iter(self._texts.nearest([q.text for q in queries if q.text is not None]))
        for query in queries:
            near = next(nearest) if query.text is not None else self._like_own(query)
            row = rows.get(query.asking) if query.asking is not None else None
            values = {} if row is None else {name: table[row] for name, table in graph.items()}
            values |= {name: signals.of_projects(self.history, found) for name, found in near.items() if found}
            if query.text is not None:
                values["active"] = self.history.joint_activity
                if query.topic:
                    values["topic"] = signals.of_topics(self.history, topics_of(query.topic))
            allowed = self._allowed(query)
            scaled = {name: signals.scaled(table, allowed) for name, table in values.items()}
            yield Evidence(query, near, allowed, {name: table for name, table in scaled.items() if table.any()})

    def _ranked(self, found: Evidence, limit: int) -> list[Hit]:
        shares = self.shares(found)
        ties = [table > 0 for name, table in shares.items() if name in _TIES]
        if not ties:
            return []
        score = np.where(np.any(ties, axis=0), np.sum(list(shares.values()), axis=0), 0).round(_DIGITS)
        places = np.flatnonzero(score > 0)
        best = places[np.lexsort((places, -score[places]))]
        order = self.roomy(found, best)[:limit].tolist()
        told = np.maximum.accumulate(score[order][::-1])[::-1].tolist()
        explain = _Explainer(self.history, found.query, found.near)
        names, before = self.history.organisations, {place: rank for rank, place in enumerate(best.tolist(), start=1)}
        hits = []
        for rank, (place, value) in enumerate(zip(order, told, strict=True), start=1):
            reasons = explain.reasons(place, shares)
            if rank < before[place]:
                params = {"before": before[place], "after": rank}
                lift = Reason("fairness", round(value - float(score[place]), _DIGITS), "room_for_small", params)
                reasons = tuple(sorted((*reasons, lift), key=lambda reason: (-reason.contribution, reason.code)))
            hits.append(Hit(found.query.id, rank, names[place], value, reasons))
        return hits

    def roomy(self, found: Evidence, best: Places, room: float | None = None) -> Places:
        """Places in the order of score, `best`, moved so that among the first ten organisations with few projects have
        their room: `room` (by default that of the weights) x as many as past partners alone, or with `new_only`
        partners in common alone, would show. Questions on a text are left as they are."""
        room = self.weights.room if room is None else room
        plain = found.signals.get("common" if found.query.new_only else "past")
        if found.query.text is not None or plain is None or not room:
            return best
        busy = self.history.joint_activity
        known = np.flatnonzero(plain > 0)
        first = known[np.lexsort((known, -busy[known], -plain[known].round(_DIGITS)))[:DEPTH]]
        return with_room(best, busy, first, room)

    def _like_own(self, query: PartnerQuery) -> dict[str, dict[int, float]]:
        number = self.history.index.get(query.asking or "")
        if number is None or self._texts is None:
            return {}
        start, end = self.history.projects_of.indptr[number : number + 2]
        return {"words": self._texts.like_projects(self.history.projects_of.indices[start:end].tolist())}

    def _allowed(self, query: PartnerQuery) -> Bools:
        allowed = np.ones(len(self.history), dtype=bool)
        number = self.history.index.get(query.asking or "")
        if number is not None:
            allowed[number] = False
            if query.new_only:
                allowed[self.history.partners(number)] = False
        return allowed

    def shares(self, found: Evidence) -> dict[str, Floats]:
        """What each signal adds to the score of each organisation: they add up to the score."""
        query, w = found.query, self.weights
        chosen = dict(w.project if query.text is not None else w.new if query.new_only else w.history)
        own = self.history.index.get(query.organisation or "")
        if own is not None:
            doubt = w.doubt(self.history.joint.shape[0], float(self.history.joint_activity[own]))
            chosen["active"] = chosen.get("active", 0.0) + doubt
        speaking = {name: table for name, table in found.signals.items() if chosen.get(name, 0.0) > 0}
        total = sum(chosen[name] for name in speaking)
        return {name: chosen[name] / total * table for name, table in speaking.items()}


class _Explainer:
    """Makes the reasons of one query's hits."""

    def __init__(self, history: History, query: PartnerQuery, near: Mapping[str, Mapping[int, float]]) -> None:
        self._history = history
        self._query = query
        self._near = near
        self._own = history.index.get(query.asking or "")
        nothing = np.zeros(len(history))
        self._met = nothing if self._own is None else history.together[[self._own]].toarray()[0]
        self._introduced = nothing if self._own is None else history.introductions[[self._own]].toarray()[0]
        self._topics = self._asked_topics()
        self._label = tuple(history.topics[0])

    def reasons(self, place: int, shares: Mapping[str, Floats]) -> tuple[Reason, ...]:
        """Reasons in falling order of their contribution."""
        parts: dict[str, float] = {}
        for name, table in shares.items():
            if table[place] > 0:
                parts[_CODES[name]] = parts.get(_CODES[name], 0.0) + float(table[place])
        made = [self._reason(code, value, place) for code, value in parts.items()]
        return tuple(sorted(made, key=lambda reason: (-reason.contribution, reason.code)))

    def _reason(self, code: str, value: float, place: int) -> Reason:
        params: dict[str, Any] = {}
        signal = "network"
        if code == "similar_projects":
            signal, params = "texts", self._similar(place)
        elif code == "past_partner":
            signal, params = "history", {"projects": int(self._met[place])}
        elif code == "common_partners":
            params = self._common(place)
        elif code == "same_topics":
            signal, params = "topics", self._shared_topics(place)
        elif code == "active_organisation":
            signal, params = "activity", {"projects": int(self._history.activity[place])}
        return Reason(signal, round(value, _DIGITS + 3), code, params)

    def _similar(self, place: int) -> dict[str, Any]:
        """The likest projects of an organisation among those nearest to the text."""
        weight: dict[int, float] = {}
        for projects in self._near.values():
            top = max(projects.values(), default=1.0)
            for row, value in projects.items():
                weight[row] = weight.get(row, 0.0) + value / top
        name = self._history.organisations[place]
        rows = [row for row in weight if name in self._history.projects[row].members]
        rows.sort(key=lambda row: (-weight[row], row))
        return {"count": len(rows), "projects": [self._history.projects[row].id for row in rows[:_SHOWN]]}

    def _common(self, place: int) -> dict[str, Any]:
        """The partners in common that tie most; read from the rows of the tables, since this runs for every hit."""
        met = self._history.acquaintance
        start, end = met.indptr[place : place + 2]
        between = met.indices[start:end]
        ways = self._introduced[between] * met.data[start:end]
        first = np.lexsort((between, -ways))[:_SHOWN]
        names = [self._history.organisations[i] for i in between[first[ways[first] > 0]].tolist()]
        return {"count": int((ways > 0).sum()), "organisations": names}

    def _asked_topics(self) -> set[int]:
        names, per_topic = self._history.topics
        if self._query.topic:
            return {names[name] for name in topics_of(self._query.topic) if name in names}
        return set() if self._own is None else set(per_topic[[self._own]].indices.tolist())

    def _shared_topics(self, place: int) -> dict[str, Any]:
        _, per_topic = self._history.topics
        start, end = per_topic.indptr[place : place + 2]
        worked = zip(per_topic.indices[start:end].tolist(), per_topic.data[start:end].tolist(), strict=True)
        shared = sorted((-count, self._label[column]) for column, count in worked if column in self._topics)
        return {"topics": [label for _, label in shared[:_SHOWN]]}
