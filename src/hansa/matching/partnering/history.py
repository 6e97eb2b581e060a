"""A history of projects as sparse tables: who was in what, who met whom, how one gets from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from hansa.matching.partnering.records import Project, topics_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

LIKE_PROJECTS = 3
"""Projects with partners that an organisation must have to count in `alike` and `circle`: fewer say little."""
LIKE_ORGANISATIONS = 6_000
"""Organisations with the most projects that both compare at most: their memory grows with its square."""
_RIDGE = 50.0
_RIDGE_OF_CIRCLES = 1_000.0


class History:
    """Projects that began before a year, as tables whose rows and columns are organisations in order of their names.

    Projects of one member count as activity but tie nobody. Of several projects with one id the last counts.
    Nothing here changes once made; costly tables are made when first asked for.
    """

    def __init__(self, projects: Iterable[Project], before: int | None = None) -> None:
        last = {project.id: project for project in projects}
        self.projects = tuple(
            last[key] for key in sorted(last) if before is None or (year := last[key].year) is None or year < before
        )
        members = [sorted({m for m in project.members if m}) for project in self.projects]
        self.organisations = tuple(sorted({m for one in members for m in one}))
        self.index = {name: place for place, name in enumerate(self.organisations)}
        self.sizes: NDArray[np.int64] = np.array([len(one) for one in members], dtype=np.int64)
        columns = np.array([self.index[m] for one in members for m in one], dtype=np.int64)
        rows = np.repeat(np.arange(len(members)), self.sizes)
        shape = (len(members), len(self.organisations))
        self.membership: csr_array[Any, Any] = csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)

    def __len__(self) -> int:
        return len(self.organisations)

    @cached_property
    def activity(self) -> Floats:
        """Number of projects per organisation."""
        return np.asarray(self.membership.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def projects_of(self) -> Any:
        """Organisations x projects."""
        turned = self.membership.T.tocsr()
        turned.sort_indices()
        return turned

    @cached_property
    def joint(self) -> Any:
        """Projects with at least two members x organisations."""
        return self.membership[self.sizes > 1]

    @cached_property
    def joint_activity(self) -> Floats:
        """Number of projects with partners per organisation."""
        return np.asarray(self.joint.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def together(self) -> Any:
        """Number of shared projects per pair of organisations; nobody is their own partner."""
        counts = (self.joint.T @ self.joint).tocsr()
        counts.setdiag(0)
        counts.eliminate_zeros()
        counts.sort_indices()
        return counts

    @cached_property
    def partners_of(self) -> Floats:
        """Number of different partners per organisation."""
        counts: Floats = np.diff(self.together.indptr).astype(np.float64)
        return counts

    @cached_property
    def acquaintance(self) -> Any:
        """ln(1 + shared projects) per pair: the tenth project together says less than the first."""
        return self.together.log1p()

    @cached_property
    def introductions(self) -> Any:
        """`acquaintance` with each column divided by ln(1 + number of its partners), after Adamic and Adar (2003): an
        organisation that knows everybody introduces nobody in particular."""
        return (self.acquaintance @ diags_array(1 / np.log(1 + np.maximum(self.partners_of, 2)))).tocsr()

    @cached_property
    def step(self) -> Any:
        """Chance of getting from one organisation to another through one of its projects and one of its members."""
        by_organisation = diags_array(1 / np.maximum(self.joint_activity, 1))
        by_project = diags_array(1 / np.maximum(np.asarray(self.joint.sum(axis=1)).ravel(), 1))
        return (by_organisation @ self.joint.T @ by_project @ self.joint).tocsr()

    @cached_property
    def alike(self) -> tuple[Rows, NDArray[np.float32]]:
        """Organisations with enough projects, and how much a project's having one speaks for its having another."""
        enough = self._busy
        return enough, _autoencoder(self.joint[:, enough], _RIDGE)

    @cached_property
    def circle(self) -> tuple[Rows, NDArray[np.float32]]:
        """The same organisations, and how much knowing one speaks for knowing another, learnt from everybody's
        acquaintance."""
        enough = self._busy
        return enough, _autoencoder(self.acquaintance[:, enough], _RIDGE_OF_CIRCLES)

    @cached_property
    def _busy(self) -> Rows:
        enough = np.flatnonzero(self.joint_activity >= LIKE_PROJECTS)
        if len(enough) > LIKE_ORGANISATIONS:
            order = np.lexsort((enough, -self.joint_activity[enough]))
            enough = np.sort(enough[order[:LIKE_ORGANISATIONS]])
        return enough if len(enough) > 1 else enough[:0]

    @cached_property
    def topics(self) -> tuple[dict[str, int], Any]:
        """Column per topic, and the number of projects per organisation and topic."""
        names: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        for row, project in enumerate(self.projects):
            for name in topics_of(project.topic):
                rows.append(row)
                columns.append(names.setdefault(name, len(names)))
        shape = (len(self.projects), max(len(names), 1))
        marks = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        chosen = diags_array((self.sizes > 1).astype(np.float64))
        return names, (self.membership.T @ chosen @ marks).tocsr()

    def partners(self, organisation: int) -> Rows:
        """Past partners of an organisation by its number."""
        start, end = self.together.indptr[organisation : organisation + 2]
        found: Rows = self.together.indices[start:end].astype(np.int64)
        return found


def _autoencoder(table: Any, ridge: float) -> NDArray[np.float32]:
    """The linear autoencoder without self-loops (Steck 2019, EASE) of a table's columns: with
    P = (X'X + ridge I)^-1, the weight of i for j is -P_ij / P_jj. It discounts what other columns explain already."""
    gram: NDArray[np.float32] = (table.T @ table).toarray().astype(np.float32)
    if not len(gram):
        return gram
    gram[np.diag_indices_from(gram)] += np.float32(ridge)
    inverse = np.linalg.inv(gram)
    weights: NDArray[np.float32] = (-inverse / np.diag(inverse)).astype(np.float32)
    weights[np.diag_indices_from(weights)] = 0
    return weights
