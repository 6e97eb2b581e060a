"""One kind of evidence each: a value per organisation asked about and candidate, never negative, 0 for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hansa.matching.partnering.history import History

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

SHARING = 300
"""Candidates among whom a signal is shared out."""


def of_organisations(history: History, asking: Rows) -> dict[str, Floats]:
    """Signals of the graph for organisations by number, each asking x organisations:

    - `past`: projects done together;
    - `common`: partners in common, weighted by how often both met them and by how choosy those are (Adamic and Adar);
    - `reach`: chance to be reached in three steps of a random walk over projects of projects;
    - `alike`: how much its past partners speak for the candidate in a linear autoencoder (Steck 2019);
    - `circle`: how much its acquaintances speak for the candidate, by who else has such acquaintances;
    - `topic`: projects of the candidate in the topics of the organisation, by the share each has in its work;
    - `profile`: cosine of the numbers of projects per topic of both;
    - `active`: projects with partners.
    """
    past = history.together[asking].toarray()
    common = (history.introductions[asking] @ history.acquaintance).toarray()
    two = (history.step[asking] @ history.step).toarray()
    reach = np.ascontiguousarray((history.step.T @ two.T).T)
    alike, circle = np.zeros_like(past), np.zeros_like(past)
    places, weights = history.alike
    if len(places):
        alike[:, places] = np.maximum(past[:, places].astype(np.float32) @ weights, 0)
        places, weights = history.circle
        known = history.acquaintance[asking][:, places].toarray().astype(np.float32)
        circle[:, places] = np.maximum(known @ weights, 0)
    names, per_topic = history.topics
    found = {"past": past, "common": common, "reach": reach, "alike": alike, "circle": circle}
    if names:
        own = per_topic[asking].toarray()
        found["topic"] = _in_topics(history, own)
        found["profile"] = _same_profile(history, own)
    found["active"] = np.tile(history.joint_activity, (len(asking), 1))
    return found


def of_topics(history: History, topics: Sequence[str]) -> Floats:
    """Projects of every organisation in the given topics; zeros for topics nobody worked in."""
    names, per_topic = history.topics
    asked = np.zeros((1, per_topic.shape[1]))
    for name in topics:
        if name in names:
            asked[0, names[name]] = 1
    found: Floats = _in_topics(history, asked)[0]
    return found


def of_projects(history: History, weights: Mapping[int, float]) -> Floats:
    """What weighted projects add up to per member."""
    rows = np.array(sorted(weights), dtype=np.int64)
    values = np.array([weights[int(row)] for row in rows])
    nothing = np.zeros(len(rows), dtype=np.int64)
    one = csr_array((values, (nothing, rows)), shape=(1, len(history.projects)))
    total: Floats = (one @ history.membership).toarray()[0]
    return total


def scaled(values: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Values as shares of the sum of the `SHARING` largest allowed ones, 0 where not allowed; zeros if there is none
    above zero. A signal that sees little difference thereby says little; one that sees one organisation says much."""
    kept = np.where(allowed, np.maximum(values, 0.0), 0.0)
    most = kept if len(kept) <= SHARING else np.partition(kept, len(kept) - SHARING)[-SHARING:]
    total = float(most.sum())
    relative: Floats = kept / total if total > 0 else np.zeros_like(kept)
    return relative


def _in_topics(history: History, own: Floats) -> Floats:
    total = own.sum(axis=1, keepdims=True)
    shares = own / np.maximum(total, 1)
    found: Floats = np.ascontiguousarray((history.topics[1] @ shares.T).T)
    return found


def _same_profile(history: History, own: Floats) -> Floats:
    per_topic = history.topics[1]
    lengths = np.sqrt(np.asarray(per_topic.multiply(per_topic).sum(axis=1)).ravel())
    mine = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    found: Floats = np.ascontiguousarray((per_topic @ mine.T).T) / np.maximum(lengths, 1e-9)
    return found
