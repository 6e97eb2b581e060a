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


def of_organisations(history: History, asking: Rows) -> dict[str, Floats]:
    """Signals of the graph for organisations by number, each asking x organisations:

    - `past`: projects done together;
    - `common`: partners in common, weighted by how often both met them and by how choosy those are (Adamic and Adar);
    - `reach`: chance to be reached in three steps of a random walk over projects of projects;
    - `alike`: how much its past partners speak for the candidate in a linear autoencoder (Steck 2019);
    - `topic`: projects of the candidate in the topics of the organisation, by the share each has in its work;
    - `active`: projects with partners.
    """
    past = history.together[asking].toarray()
    common = (history.introductions[asking] @ history.acquaintance).toarray()
    two = (history.step[asking] @ history.step).toarray()
    reach = np.ascontiguousarray((history.step.T @ two.T).T)
    places, weights = history.alike
    alike = np.zeros_like(past)
    if len(places):
        alike[:, places] = np.maximum(past[:, places].astype(np.float32) @ weights, 0)
    names, per_topic = history.topics
    found = {"past": past, "common": common, "reach": reach, "alike": alike}
    if names:
        own = per_topic[asking].toarray()
        found["topic"] = _in_topics(history, own)
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
    """Values divided by the largest allowed one, 0 where not allowed; zeros if there is none above zero."""
    kept = np.where(allowed, values, 0.0)
    top = float(kept.max(initial=0.0))
    relative: Floats = kept / top if top > 0 else np.zeros_like(kept)
    return relative


def _in_topics(history: History, own: Floats) -> Floats:
    total = own.sum(axis=1, keepdims=True)
    shares = own / np.maximum(total, 1)
    found: Floats = np.ascontiguousarray((history.topics[1] @ shares.T).T)
    return found
