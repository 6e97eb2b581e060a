"""The table of texts in PostgreSQL: nearest vectors under filters, and all that scoring needs of a few candidates.

Needs pgvector 0.8 or newer. The table may belong to somebody else (Hansa's brokerage keeps it as `MatchText`) and may
be under row-level security: what the connection's role may not see is not found. `COLUMNS` is what it must have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from psycopg import sql

from hansa.matching.retrieval.filters import tags_of
from hansa.matching.retrieval.packing import document_of, from_halfvec, halfvec, packed, traits_of, unpacked
from hansa.matching.snapshot import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansa.matching.centring import Sums
    from hansa.matching.retrieval.filters import Filter

    Floats = NDArray[np.float32]

Transaction = Callable[[], AbstractContextManager[Any]]
"""Opens a transaction (or a savepoint in one) and gives its cursor."""

COLUMNS = {
    "id": "bigint PRIMARY KEY",
    "text": "text NOT NULL DEFAULT ''",
    "language": "varchar(8) NOT NULL DEFAULT ''",
    "stance": "varchar(8) NOT NULL DEFAULT ''",
    "tags": "text[] NOT NULL DEFAULT ARRAY[]::text[]",
    "traits": "jsonb NOT NULL DEFAULT jsonb_build_object()",
    "variety": "real NOT NULL DEFAULT 1",
    "concepts": "bytea",
    "vector": "halfvec(384)",
    "place": "halfvec(384)",
}
"""Columns and their types. `text` is the clean whole text, title included; `vector` is its own vector and `place` the
centred one that searches compare."""

EXACT = 12_000
"""So many documents under a filter are compared one by one, if they are few of all; with more, the approximate index is
asked."""
_FEW = 1_500
_SELECTIVE = 8
_SCAN_FACTOR = 4
_MOST_SCANNED = 200_000
_WIDE_ENOUGH_TO = 250_000
_BATCH = 2_000


@dataclass(frozen=True)
class Kept:
    """A document read back for scoring: its entry, whose `vector` is centred."""

    key: str
    entry: Entry


class Shelf:
    """Reads and writes one table of texts through `transaction`."""

    def __init__(self, transaction: Transaction, table: str) -> None:
        self.transaction = transaction
        self._table = sql.Identifier(table)

    def _sql(self, statement: str, *parts: sql.Composable) -> str:
        """A statement about the table as text, which every cursor takes (Django's wrappers look into it)."""
        return sql.SQL(statement).format(self._table, *parts).as_string()

    def create(self) -> None:
        """Make the table with its indexes, for catalogues that have no other home. It must not exist."""
        columns = sql.SQL(", ").join(
            sql.SQL(f"{{}} {kind}").format(sql.Identifier(name)) for name, kind in COLUMNS.items()
        )
        with self.transaction() as cursor:
            cursor.execute(self._sql("CREATE TABLE {} ({})", columns))
            cursor.execute(self._sql("ALTER TABLE {} ALTER COLUMN place SET STORAGE PLAIN"))
        self.index()

    def index(self) -> None:
        """Make the indexes over places and tags where they are missing."""
        with self.transaction() as cursor:
            for statement in (
                "CREATE INDEX ON {} USING hnsw (place halfvec_ip_ops)",
                "CREATE INDEX ON {} USING gin (tags) WITH (fastupdate = off)",
            ):
                cursor.execute(self._sql(statement))

    def claim(self, ids: Iterable[int]) -> None:
        """Make empty rows for ids that have none."""
        with self.transaction() as cursor:
            insert = self._sql("INSERT INTO {} (id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING")
            cursor.execute(insert, [list(ids)])

    def write(self, rows: Sequence[tuple[int, Entry, Floats | None]]) -> None:
        """Bring existing rows to the state of their entries, with their places where known. One transaction."""
        statement = self._sql(
            "UPDATE {} SET text = %s, language = %s, stance = %s, tags = %s, traits = %s::jsonb, variety = %s, "
            "concepts = %s, vector = %s::halfvec, place = %s::halfvec WHERE id = %s"
        )
        with self.transaction() as cursor:
            # one by one: wrappers of cursors, such as those that note who acts, do not know many values at once
            for row in rows:
                cursor.execute(statement, self._values(*row))

    @staticmethod
    def _values(key: int, entry: Entry, place: Floats | None) -> list[Any]:
        document = entry.document
        return [
            entry.text,
            entry.lang or "",
            document.stance or "",
            tags_of(document, entry.lang),
            traits_of(document),
            entry.variety,
            packed(entry.concepts),
            _given(entry.vector),
            _given(place),
            key,
        ]

    def remove(self, ids: Iterable[int]) -> None:
        """Delete rows; unknown ids are ignored."""
        with self.transaction() as cursor:
            cursor.execute(self._sql("DELETE FROM {} WHERE id = ANY(%s)"), [list(ids)])

    def sums(self) -> Sums:
        """Number and sum of the vectors per language and side, added up in the database."""
        statement = self._sql(
            "SELECT language, stance, count(*), avg(vector::vector)::text FROM {} "
            "WHERE vector IS NOT NULL GROUP BY language, stance ORDER BY language, stance"
        )
        with self.transaction() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall()
        return {
            (lang or None, side or None): (n, np.array(json.loads(mean), dtype=np.float32) * np.float32(n))
            for lang, side, n, mean in rows
        }

    def place_all(self, centre: Callable[[Floats, list[str | None], list[str | None]], Floats],
                  progress: Callable[[int, int], None] | None = None) -> None:  # fmt: skip
        """Bring every place to what `centre` makes of (vectors, languages, sides), some thousand at a time, each in a
        transaction of its own, so that searches go on; stopped anywhere, it can be begun again."""
        with self.transaction() as cursor:
            cursor.execute(self._sql("SELECT count(*) FROM {} WHERE vector IS NOT NULL"))
            total = int(cursor.fetchone()[0])
        last, done = -1, 0
        read = self._sql(
            "SELECT id, language, stance, halfvec_send(vector) FROM {} WHERE vector IS NOT NULL AND id > %s "
            "ORDER BY id LIMIT %s FOR UPDATE"
        )
        write = self._sql(
            "UPDATE {} AS held SET place = new.place::halfvec FROM unnest(%s::bigint[], %s::text[]) AS new (id, place) "
            "WHERE held.id = new.id"
        )
        while True:
            with self.transaction() as cursor:
                cursor.execute(read, [last, _BATCH])
                rows = cursor.fetchall()
                if not rows:
                    return
                vectors = np.stack([cast("Floats", from_halfvec(row[3])) for row in rows])
                places = centre(vectors, [row[1] or None for row in rows], [row[2] or None for row in rows])
                cursor.execute(write, [[row[0] for row in rows], [halfvec(place) for place in places]])
            last, done = rows[-1][0], done + len(rows)
            if progress is not None:
                progress(done, total)

    def nearest(self, vector: Floats, limit: int, chosen: Filter, passing: int | None = None) -> list[int]:
        """Ids of the `limit` documents that pass a filter and lie nearest to a centred vector, nearest first.

        `passing` is about how many pass the filter. Few are compared one by one, so that none is missed; of many, the
        approximate index (Malkov and Yashunin 2018) is walked until enough that pass were met.
        """
        with self.transaction() as cursor:
            total = self._about(cursor)
            if passing is not None and (passing <= _FEW or passing <= min(EXACT, total // _SELECTIVE)):
                return self._exactly(cursor, vector, limit, chosen)
            scanned = limit * _SCAN_FACTOR * max(1.0, total / max(passing or total, 1))
            self._set(cursor, "hnsw.iterative_scan", "relaxed_order")
            # a larger graph needs a wider search for the same recall; at 100,000 three times the limit was enough
            wider = max(1.0, total / _WIDE_ENOUGH_TO) ** 0.5
            self._set(cursor, "hnsw.ef_search", str(min(1000, int(max(200, 3 * limit) * wider))))
            self._set(cursor, "hnsw.max_scan_tuples", str(int(min(_MOST_SCANNED, max(20_000, scanned)))))
            where, values = _where(chosen)
            statement = "SELECT id FROM {} WHERE {} ORDER BY place <#> %s::halfvec LIMIT %s"
            cursor.execute(self._sql(statement, where), [*values, halfvec(vector), limit])
            return [row[0] for row in cursor.fetchall()]

    def _exactly(self, cursor: Any, vector: Floats, limit: int, chosen: Filter) -> list[int]:
        where, values = _where(chosen)
        statement = (
            "WITH kept AS MATERIALIZED (SELECT id, place FROM {} WHERE {} AND place IS NOT NULL) "
            "SELECT id FROM kept ORDER BY place <#> %s::halfvec, id LIMIT %s"
        )
        cursor.execute(self._sql(statement, where), [*values, halfvec(vector), limit])
        return [row[0] for row in cursor.fetchall()]

    def kept(self, ids: Iterable[int], chosen: Filter | None = None) -> list[Kept]:
        """The documents of `ids` that are still there and pass the filter, in order of id."""
        where, values = (sql.SQL("true"), []) if chosen is None else _where(chosen)
        statement = (
            "SELECT id, text, language, traits, variety, concepts, halfvec_send(place) FROM {} "
            "WHERE id = ANY(%s) AND {} ORDER BY id"
        )
        with self.transaction() as cursor:
            cursor.execute(self._sql(statement, where), [list(ids), *values])
            rows = cursor.fetchall()
        return [self._kept(row) for row in rows]

    @staticmethod
    def _kept(row: tuple[Any, ...]) -> Kept:
        key, text, language, traits, variety, concepts, place = row
        document = document_of(key, text, traits)
        entry = Entry(document, text, language or None, from_halfvec(place), unpacked(concepts), variety)
        return Kept(f"{key}", entry)

    def _about(self, cursor: Any) -> int:
        """Rows in the table as the planner last counted them."""
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [self._table.as_string()])
        return max(int(cursor.fetchone()[0]), 1)

    @staticmethod
    def _set(cursor: Any, name: str, value: str) -> None:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _given(vector: Floats | None) -> str | None:
    """A vector for its column; the zero vector, which resembles nothing, is left out."""
    return None if vector is None or not vector.any() else halfvec(vector)


def _where(chosen: Filter) -> tuple[sql.Composable, list[Any]]:
    """The condition of a filter and its values."""
    parts: list[sql.Composable] = [sql.SQL("tags && %s::text[]") for _group in chosen.any_of]
    values: list[Any] = [list(group) for group in chosen.any_of]
    if chosen.none_of:
        parts.append(sql.SQL("NOT tags && %s::text[]"))
        values.append(list(chosen.none_of))
    if chosen.not_ids:
        parts.append(sql.SQL("NOT id = ANY(%s::bigint[])"))
        values.append(list(chosen.not_ids))
    return (sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")), values
