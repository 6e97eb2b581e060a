"""The commands that need no installation, run as a shell runs them: a process of its own, outside Django."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.cast import data_folder

SMALL = "r,d,v\nA,x,1\nA,y,2\nB,x,3\nB,y,4\n"
COLUMNS = ("--region", "r", "--domain", "d", "--value", "v")


def hansa(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Without what the test run itself has put into the environment for Django."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HANSA_", "DJANGO_"))}
    command = [sys.executable, "-m", "hansa.site.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)


def column(table: object, *keys: str, of: str) -> dict[tuple[str, ...], float]:
    names = [table[key].to_pylist() for key in keys]
    return dict(zip(zip(*names, strict=True), table[of].to_pylist(), strict=True))


def furthest(ours: dict, theirs: dict) -> float:
    return max(abs(ours[key] - value) for key, value in theirs.items())


def furthest_up_to_sign(ours: dict, theirs: dict) -> float:
    pair = [np.array([side[key] for key in sorted(theirs)]) for side in (ours, theirs)]
    mine, other = ((values - values.mean()) / values.std() for values in pair)
    return float(min(np.abs(mine - other).max(), np.abs(mine + other).max()))


@pytest.mark.parametrize(
    ("name", "table", "year"),
    [("nz_employment_1976_2013", "nz_employment_2013", 2013), ("uk_bres_nuts2_sic4_2015_2018", "uk_bres_2018", 2018)],
)
def test_measures_from_the_shell_equal_the_references(tmp_path, name, table, year):
    folder = data_folder() / "complexity"
    done = hansa(
        tmp_path, "specialise", str(folder / f"{name}.parquet"), "--region", "region", "--domain", "domain",
        "--value", "value", "--year", "year", "--out", "out",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")

    def ours(part: str) -> object:
        rows = pq.read_table(tmp_path / "out" / f"{part}.parquet")
        return rows.filter(pc.equal(rows["year"], year))

    def theirs(part: str) -> object:
        return pq.read_table(folder / "expected" / f"{table}_{part}.parquet")

    pairs, cells, proximity = (
        ours("pairs"),
        theirs("cells"),
        column(ours("proximity"), "domain_a", "domain_b", of="proximity"),
    )
    proximity |= {(b, a): value for (a, b), value in proximity.items()}
    for mine, peer in (("lq", "rca"), ("density", "density_diag0")):
        found = column(pairs, "region", "domain", of=mine)
        assert furthest(found, column(cells, "region", "domain", of=peer)) < 1e-9, mine
    phi = column(theirs("pairs"), "domain_a", "domain_b", of="phi")
    assert furthest(proximity, phi) < 1e-9
    for part, key, mine in (("regions", "region", "eci"), ("domains", "domain", "pci")):
        peer = column(theirs(part), key, of=f"{mine}_econcomplex")
        assert furthest_up_to_sign(column(ours(part), key, of=mine), peer) < 1e-9, mine


FAULTY = {
    "empty.csv": (b"", "empty"),
    "heading.csv": (b"r,d,v\n", "no rows"),
    "bytes.csv": (bytes(range(128, 256)), "UTF-8"),
    "bytes.parquet": (bytes(range(256)), "Parquet"),
    "columns.csv": (b"r,d\nA,x\n", "no column"),
    "negative.csv": (SMALL.replace("1", "-1").encode(), "row 2"),
    "twice.csv": (SMALL.replace("A,y", "A,x").encode(), "row 3"),
    "infinite.csv": (SMALL.replace("1", "inf").encode(), "row 2"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_table_is_one_sentence_and_leaves_nothing(tmp_path, name):
    content, told = FAULTY[name]
    (tmp_path / name).write_bytes(content)
    done = hansa(tmp_path, "specialise", name, *COLUMNS, "--out", "out")
    assert done.returncode == 1
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"Error: {name}") and told in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("target", ["file", "file/below"])
def test_a_target_that_cannot_be_written_is_named(tmp_path, target):
    (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = hansa(tmp_path, "specialise", "small.csv", *COLUMNS, "--out", target)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "file" in done.stderr and "Errno" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "small.csv"]


def test_a_region_called_na_is_a_region_and_a_value_called_nan_is_unknown(tmp_path):
    (tmp_path / "t.csv").write_text(SMALL.replace("A", "NA").replace("3", "NaN"), encoding="utf-8")
    assert hansa(tmp_path, "specialise", "t.csv", *COLUMNS, "--out", "out").returncode == 0
    pairs = pq.read_table(tmp_path / "out" / "pairs.parquet")
    value = column(pairs, "region", "domain", of="value")
    assert value[("NA", "x")] == 1.0
    unknown = value[("B", "x")]
    assert unknown is None or np.isnan(unknown)


def test_three_offers_are_ranked_for_a_need_each_with_its_reasons(tmp_path):
    offers = [
        ("a", "FI1C", "Aluminium die casting of thin-walled parts for ventilation"),
        ("b", "DE60", "Organic bread and pastry for schools"),
        ("c", "LT00", "Software for hospitals"),
    ]
    lines = [json.dumps({"id": i, "kind": "offer", "region": region, "text": text}) for i, region, text in offers]
    (tmp_path / "offers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    need = {"id": "n", "text": "We look for a foundry: thin-walled aluminium die casting parts", "want": "offer"}
    (tmp_path / "needs.jsonl").write_text(json.dumps(need) + "\n", encoding="utf-8")
    done = hansa(tmp_path, "match", "--documents", "offers.jsonl", "--queries", "needs.jsonl", "--out", "hits.jsonl")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "hits.jsonl").read_text(encoding="utf-8")
    assert '"a"' in text.splitlines()[0] and '"reasons"' in text
    assert "Traceback" not in done.stderr
    (tmp_path / "needs.jsonl").write_text("{\n", encoding="utf-8")
    broken = hansa(tmp_path, "match", "--documents", "offers.jsonl", "--queries", "needs.jsonl", "--out", "hits.jsonl")
    assert broken.returncode == 1 and "needs.jsonl" in broken.stderr and len(broken.stderr.splitlines()) == 1
    assert (tmp_path / "hits.jsonl").read_text(encoding="utf-8") == text


def test_a_folder_as_target_and_no_region_at_all_are_refused(tmp_path):
    (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
    asked = ("opportunities", "small.csv", *COLUMNS)
    folder = hansa(tmp_path, *asked, "--regions", "A,B", "--out", ".")
    nobody = hansa(tmp_path, *asked, "--regions", " , ", "--out", "o.csv")
    assert folder.returncode == 2 and "is a directory" in folder.stderr
    assert nobody.returncode == 1 and nobody.stderr.startswith("Error: No region is named")
    assert [path.name for path in tmp_path.iterdir()] == ["small.csv"]


def test_pages_and_jobs_never_act_as_the_owner_of_the_tables(monkeypatch, tmp_path):
    from click.testing import CliRunner

    from hansa.site import cli
    from hansa.site.ops import identity, up

    acted: list[str | None] = []

    def serve(*_: object, **__: object) -> int:
        acted.append(os.environ.get("HANSA_DB_ROLE"))
        return 0

    monkeypatch.setenv("HANSA_DB_ROLE", "owner")
    monkeypatch.setattr(identity, "must_change", lambda: False)
    monkeypatch.setattr(up, "check_port", lambda *_: None)
    monkeypatch.setattr(up, "compile_messages", lambda: None)
    monkeypatch.setattr(up, "serve", serve)
    assert CliRunner().invoke(cli.hansa, ["up"]).exit_code == 0
    assert acted == [None]
