"""The store: what goes in comes out, with its origin, and a killed process leaves the old state or the new."""

import json
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

import hansa.evidence.store as room
from hansa.evidence import EvidenceError, Meta, Store, synthetic

META = Meta("Employment", unit="persons", source="Office", licence="CC BY 4.0", nuts_version="2013", classification="X")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "evidence", clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_an_empty_store_has_nothing(store):
    assert store.names() == []
    assert store.manifest() == {}
    assert store.version == ""
    with pytest.raises(EvidenceError, match="has no “x”; it has nothing"):
        store.activity("x")


def test_an_activity_table_comes_back_with_its_origin(store):
    table = synthetic(3)
    store.put_activity("jobs", table, META)
    back = Store(store.folder).activity("jobs")
    assert back.table.equals(table.table)
    assert back.synthetic
    entry = json.loads((store.folder / "manifest.json").read_text())["datasets"]["jobs"]
    assert entry["title"] == "Employment"
    assert entry["licence"] == "CC BY 4.0"
    assert entry["years"] == [2014]
    assert entry["rows"] == table.rows
    assert entry["coverage"] == pytest.approx(table.coverage, abs=1e-6)
    assert entry["synthetic"] is True
    assert entry["loaded_at"].startswith("2026-01-02T03:04:05")
    assert entry["loaded_at"].endswith("+00:00")
    assert store.verify() == []


def test_measures_and_files_come_back(store, tmp_path):
    tables = {"regions": pa.table({"region": ["A"], "eci": [0.5]}), "domains": pa.table({"domain": ["1"]})}
    store.put_measures("jobs", tables)
    assert store.measures("jobs") == tables
    source = tmp_path / "map.geojson"
    source.write_text("{}")
    store.put_file("map", source, Meta("Map", attribution="© EuroGeographics"))
    assert store.file("map").read_text() == "{}"
    assert store.file("map").suffix == ".geojson"
    assert store.manifest()["map"]["attribution"] == "© EuroGeographics"
    assert store.names() == ["jobs", "map"]
    assert store.names(kind="file") == ["map"]
    with pytest.raises(EvidenceError, match="stored as measures"):
        store.activity("jobs")


def test_the_version_changes_whenever_anything_changes(store):
    seen = [store.version]
    store.put_file("a", b"1", Meta("A"))
    seen.append(store.version)
    store.put_file("a", b"2", Meta("A"))
    seen.append(store.version)
    store.put_file("a", b"2", Meta("B"))
    seen.append(store.version)
    store.remove("a")
    seen.append(store.version)
    assert len(set(seen)) == len(seen)
    assert store.version == store.version


def test_replacing_leaves_no_old_file_behind(store):
    store.put_file("a", b"1", Meta("A"))
    old = store.file("a")
    store.put_file("a", b"2", Meta("A"))
    assert not old.exists()
    assert [path.name for path in (store.folder / "data").iterdir()] == [store.file("a").name]


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", ".hidden", "x" * 101])
def test_names_that_could_leave_the_store_are_refused(store, name):
    with pytest.raises(EvidenceError, match="cannot name"):
        store.put_file(name, b"1", Meta("A"))
    assert not store.folder.exists()


class Killed(BaseException):
    pass


def dies_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process die before the n-th rename."""
    calls = []
    replace = Path.replace

    def dying(self, target):
        calls.append(target)
        if len(calls) == step:
            raise Killed
        return replace(self, target)

    monkeypatch.setattr(room.Path, "replace", dying)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_death_between_writing_and_renaming_leaves_the_old_state(store, monkeypatch, step):
    old = {"a": pa.table({"x": [1]}), "b": pa.table({"x": [2]})}
    store.put_measures("m", old)
    before = store.version
    with monkeypatch.context() as patch:
        dies_at(patch, step)
        with pytest.raises(Killed):
            store.put_measures("m", {"a": pa.table({"x": [10]}), "b": pa.table({"x": [20]})})
    assert store.version == before
    assert store.measures("m") == old
    assert store.verify() == []
    store.put_measures("m", old)
    assert len(list((store.folder / "data").iterdir())) == 2


def write_and_die(folder: str, step: int) -> None:
    calls = []
    replace = Path.replace

    def dying(self, target):
        calls.append(target)
        if len(calls) == step:
            os._exit(9)
        return replace(self, target)

    Path.replace = dying  # type: ignore[method-assign]
    Store(folder).put_file("a", b"new", Meta("A"))


@pytest.mark.parametrize("step", [1, 2])
def test_a_process_killed_outright_leaves_the_old_state_and_its_lock_free(store, step):
    store.put_file("a", b"old", Meta("A"))
    process = multiprocessing.get_context("spawn").Process(target=write_and_die, args=(str(store.folder), step))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert store.file("a").read_bytes() == b"old"
    assert store.verify() == []
    store.put_file("a", b"newer", Meta("A"))
    assert store.file("a").read_bytes() == b"newer"
    assert [path.name for path in store.folder.rglob(".writing-*")] == []


def test_a_full_disk_is_told_and_changes_nothing(store, monkeypatch):
    store.put_file("a", b"old", Meta("A"))

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(room.os, "fsync", full)
        with pytest.raises(EvidenceError, match="No space left on device"):
            store.put_file("a", b"new", Meta("A"))
    assert store.file("a").read_bytes() == b"old"


def test_damage_is_found_and_told(store):
    store.put_activity("jobs", synthetic(1), META)
    part = store.folder / store.manifest()["jobs"]["files"]["table"]["path"]
    part.write_bytes(part.read_bytes()[:-10])
    assert "has changed since it was loaded" in store.verify()[0]
    with pytest.raises(EvidenceError, match="damaged"):
        store.activity("jobs")
    part.unlink()
    assert "is gone" in store.verify()[0]
    with pytest.raises(EvidenceError, match="is gone"):
        store.activity("jobs")
    (store.folder / "manifest.json").write_text("{")
    with pytest.raises(EvidenceError, match="list of stored evidence is damaged"):
        store.names()
    (store.folder / "manifest.json").write_text('{"format": 99, "datasets": {}}')
    with pytest.raises(EvidenceError, match="format 99"):
        store.names()


def add(folder: str, name: str) -> None:
    Store(folder).put_file(name, name.encode(), Meta(name))


def test_writers_take_turns(store):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add, args=(str(store.folder), f"n{number}")) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert store.names() == ["n0", "n1", "n2"]
    assert store.verify() == []
