"""Files of projects and partner queries in, hits out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansa.matching import InputError, partner_files, read_partner_queries, read_projects

PROJECTS: list[dict[str, Any]] = [
    {"id": "p1", "year": 2015, "members": ["us", "anna"], "text": "Ferries and shore power in harbours."},
    {"id": "p2", "year": 2016, "members": ["anna", "carl"], "topic": ["SC4", "LEIT"], "colour": "green"},
    {"id": 3, "year": 2017, "members": ["carl", 999]},
]


def lines(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def answered(folder: Path, queries: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
    out = folder / "hits.jsonl"
    files = lines(folder / "p.jsonl", PROJECTS), lines(folder / "q.jsonl", queries)
    partner_files(*files, 10, out, **{"meaning": False, **options})
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_hits_are_ranked_scored_and_explained_per_query_in_the_order_of_the_queries(tmp_path: Path) -> None:
    hits = answered(tmp_path, [{"id": "b", "organisation": "us"}, {"id": "a", "text": "Shore power"}])
    assert [hit["query"] for hit in hits] == sorted((hit["query"] for hit in hits), reverse=True)
    for query in "ab":
        mine = [hit for hit in hits if hit["query"] == query]
        assert [hit["rank"] for hit in mine] == list(range(1, len(mine) + 1))
        assert [hit["score"] for hit in mine] == sorted((hit["score"] for hit in mine), reverse=True)
        for hit in mine:
            assert sum(reason["contribution"] for reason in hit["reasons"]) == pytest.approx(hit["score"], abs=1e-6)


def test_new_only_holds_for_all_queries_that_do_not_say_otherwise(tmp_path: Path) -> None:
    queries = [{"id": "1", "organisation": "us"}, {"id": "2", "organisation": "us", "new_only": False}]
    hits = answered(tmp_path, queries, new_only=True)
    assert {hit["id"] for hit in hits if hit["query"] == "1"}.isdisjoint({"anna"})
    assert "anna" in {hit["id"] for hit in hits if hit["query"] == "2"}


def test_a_query_may_look_from_an_earlier_year(tmp_path: Path) -> None:
    queries = [{"id": "1", "organisation": "us", "before": 2016}, {"id": "2", "organisation": "us"}]
    hits = answered(tmp_path, queries)
    assert [hit["id"] for hit in hits if hit["query"] == "1"] == ["anna"]
    assert {hit["id"] for hit in hits if hit["query"] == "2"} >= {"anna", "carl"}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    queries = [{"id": "1", "organisation": "us"}, {"id": "2", "text": "Ferries", "coordinator": "carl"}]
    answered(tmp_path, queries)
    first = (tmp_path / "hits.jsonl").read_bytes()
    answered(tmp_path, queries)
    assert (tmp_path / "hits.jsonl").read_bytes() == first


def test_an_organisation_nobody_knows_gets_no_hits_and_stops_nothing(tmp_path: Path) -> None:
    hits = answered(tmp_path, [{"id": "1", "organisation": "stranger"}, {"id": "2", "organisation": 999}])
    assert {hit["query"] for hit in hits} == {"2"}


class Counting:
    """An embedder whose vectors are lengths of texts and that counts what it was given."""

    name, version, dimensions = "counting", "1", 2

    def __init__(self) -> None:
        self.given: list[str] = []

    def embed_document(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        self.given += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    embed_query = embed_document


def test_a_text_is_embedded_once_and_none_where_only_organisations_are_asked(tmp_path: Path) -> None:
    embedder = Counting()
    answered(tmp_path, [{"id": "1", "organisation": "us"}], embedder=embedder, meaning=True)
    assert embedder.given == []
    answered(tmp_path, [{"id": str(i), "text": f"Ferry {i}"} for i in range(3)], embedder=embedder, meaning=True)
    assert len(embedder.given) == len(set(embedder.given)) == 4


def test_without_project_texts_that_is_said(tmp_path: Path) -> None:
    projects = lines(tmp_path / "p.jsonl", [{"id": "p", "members": ["a", "b"]}])
    queries = lines(tmp_path / "q.jsonl", [{"id": "1", "text": "Ferries", "coordinator": "a"}])
    missing = partner_files(projects, queries, 5, tmp_path / "out.jsonl")
    assert set(missing) == {"texts"}
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["id"] == "b"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "p", "year": 2018.5, "members": ["a"]}, "year must be a whole number"),
        ({"id": "p", "year": "spring", "members": ["a"]}, "year must be a whole number"),
        ({"id": "p", "year": True, "members": ["a"]}, "year must be a whole number"),
        ({"id": "p", "year": 2018}, "members is missing"),
        ({"id": "p", "year": 2018, "members": "a"}, "members must be a list"),
        ({"id": "p", "year": 2018, "members": [["a"]]}, "members must be a list"),
        ({"id": "p", "year": 2018, "members": ["a"], "text": 3}, "text must be a text"),
        ({"year": 2018, "members": ["a"]}, "id is missing"),
        ({"id": "first", "year": 2018, "members": ["a"]}, "was used in line 1"),
        ([], "not a JSON object"),
    ],
)
def test_a_project_that_cannot_be_used_is_named_by_file_and_line(tmp_path: Path, row: Any, said: str) -> None:
    path = lines(tmp_path / "p.jsonl", [{"id": "first", "members": []}, row])
    with pytest.raises(InputError, match=f"p.jsonl, line 2: .*{said}"):
        read_projects(path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "q"}, "either organisation or text"),
        ({"id": "q", "organisation": "a", "text": "b"}, "either organisation or text"),
        ({"id": "q", "organisation": "a", "coordinator": "b"}, "a coordinator belongs to a text"),
        ({"id": "q", "organisation": ["a"]}, "organisation must be a text"),
        ({"id": "q", "organisation": "a", "before": "soon"}, "before must be a whole number"),
        ({"id": "q", "organisation": "a", "new_only": 1}, "new_only must be true or false"),
        ({"id": "q", "text": 5}, "text is missing or not a text"),
    ],
)
def test_a_query_that_cannot_be_used_is_named_by_file_and_line(tmp_path: Path, row: Any, said: str) -> None:
    path = lines(tmp_path / "q.jsonl", [row])
    with pytest.raises(InputError, match=f"q.jsonl, line 1: .*{said}"):
        read_partner_queries(path)


def test_years_are_taken_from_whole_numbers_however_written(tmp_path: Path) -> None:
    rows = [{"id": str(i), "year": year, "members": []} for i, year in enumerate((2018, 2018.0, "2018", None))]
    assert [project.year for project in read_projects(lines(tmp_path / "p.jsonl", rows))] == [2018, 2018, 2018, None]


def test_a_failure_leaves_the_earlier_answer_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "hits.jsonl"
    out.write_text("kept", encoding="utf-8")
    projects, bad = lines(tmp_path / "p.jsonl", PROJECTS), lines(tmp_path / "q.jsonl", [{"id": "q"}])
    with pytest.raises(InputError):
        partner_files(projects, bad, 5, out)
    with pytest.raises(ValueError, match="at least one partner"):
        partner_files(projects, bad, 0, out)
    assert out.read_text(encoding="utf-8") == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hits.jsonl", "p.jsonl", "q.jsonl"]
