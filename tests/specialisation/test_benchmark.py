"""The measurement of relatedness and complexity: it runs, compares equal work, and its tables add up."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import _peers, specialisation
from benchmarks import _specialisation_contestants as contestants
from benchmarks import _specialisation_runs as runs
from benchmarks import _specialisation_tables as tables
from benchmarks._activity_tables import Size, invented
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
SIZE = Size(30, 40, 0.2)


def answers(*seconds):
    return [
        {"core_seconds": one, "peak_mb": 60 + one, "above_mb": 2 * one, "import_seconds": 0.1, "agreement": {}}
        for one in seconds
    ]


def content(hansa=2.0, double=2.0, peer=80.0):
    """What a run writes, with figures that are easily divided."""
    found = {"hansa": hansa, "hansa, double": double, "floor, single": 1.0, "floor, double": 4.0, "ecomplexity": peer}
    rows = [specialisation.row(name, answers(one), "", None) for name, one in found.items()]
    predicted = specialisation.Predicted(500.0, 3_000.0)
    rows.append(specialisation.row("fermi-cref", [], "scaled, not run", predicted))
    rows.append(specialisation.row("econcomplex", [], "ImportError: none", None))
    group = {"size": "1,500 x 5,000", "regions": 1_500, "domains": 5_000, "presence": 0.07, "rows": rows}
    panel_rows = [
        specialisation.row(name, answers(one), "", None) for name, one in (("hansa", 1.0), (contestants.HELD, 2.0))
    ]
    pair_names = ("hansa, double", "hansa, single", "two products, double", "two products, single")
    pair_rows = [specialisation.row(name, answers(3.0), "", None) for name in pair_names]
    told = {
        "date": "2026-01-01",
        "machine": {"cores": 2, "processor": "P", "memory_gb": 8, "system": "Linux", "python": "3.12"},
        "load_average": [0.1, 0.2],
        "budget": 60.0,
        "years": [group],
        "panel": {"size": "20 x 1,500 x 700", "years": 20, "table_rows": 10, "rows": panel_rows},
        "pairs": {"size": "1,500 x 700", "rows": pair_rows},
        "imports": {"core_seconds": {"hansa.specialisation": 0.5}, "heavy": []},
    }
    return told | {"goals": tables.goals(told)}


def judged(told):
    return {one["goal"].removeprefix("1,500 x 5,000: "): one["holds"] for one in told["goals"]}


# Measuring


def test_a_contestant_is_measured_in_a_process_of_its_own_and_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(specialisation, "wanted", lambda *_: 1)
    place = specialisation.Place(tmp_path, None, 60, True)
    table, _ = specialisation.made(place, "small", SIZE)
    reference, facts = specialisation.referred(place, contestants.YEAR, table)
    assert facts["presence"] == pytest.approx(SIZE.presence, abs=0.05)
    rows = specialisation.contest(place, contestants.YEAR, table, reference, ["hansa, double", "floor, single"], {})
    assert [row["contestant"] for row in rows] == ["hansa, double", "floor, single"]
    for row in rows:
        assert row["runs"] == 1
        assert row["core_seconds"] > 0
        assert row["peak_mb"] > row["above_mb"] >= 0
    ours, floor = (row["agreement"] for row in rows)
    assert ours["density_difference"] == ours["presences_differ"] == 0
    assert floor["eci_correlation"] > 0.999999
    assert 0 < floor["density_difference"] < 1e-5


def test_a_contestant_that_fails_is_named_with_its_reason(tmp_path):
    place = specialisation.Place(tmp_path, None, 60, True)
    [row] = specialisation.contest(place, contestants.YEAR, tmp_path / "missing.npy", tmp_path, ["floor, single"], {})
    assert row["runs"] == 0
    assert row["core_seconds"] is None
    assert "Error" in row["note"]


def test_a_peer_that_takes_much_longer_than_foretold_is_ended_and_said_to_be(tmp_path):
    place = specialisation.Place(tmp_path, None, 60, True)
    table, _ = specialisation.made(place, "long", Size(1_000, 1_500, 0.1))
    folder = tmp_path / "years"
    folder.mkdir()
    for year in range(20):
        (folder / f"{year:02d}.npy").hardlink_to(table)
    task = {
        "do": "measure",
        "kind": contestants.PANEL,
        "contestant": "floor, double",
        "input": str(folder),
        "limit": 0.5,
    }
    found = specialisation.asked(place, Path(sys.executable), task)
    assert found == {"failed": specialisation.ENDED, "core_seconds": 0.5}
    row = specialisation.row("ecomplexity", [], specialisation.ENDED, specialisation.Predicted(0.5, float("nan")))
    [told] = tables.group_rows({"rows": [row]})
    assert told[1:3] == ["> 0.500", "ended"]


@pytest.mark.heavy
def test_the_whole_measurement_runs_on_a_small_table():
    written = ROOT / "build" / "benchmarks" / "specialisation-quick.json"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "benchmarks" / "specialisation.py"), "--quick"],
        cwd="/", capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(written.read_text(encoding="utf-8"))
    assert found["goals"] == tables.goals(found)
    for group in (*found["years"], found["panel"], found["pairs"]):
        for row in group["rows"]:
            assert row["runs"] == len(row["all_core_seconds"]) == 2
            assert row["core_seconds"] == pytest.approx(sum(row["all_core_seconds"]) / 2)
            assert row["contestant"] in done.stdout
            assert row["agreement"].get("eci_correlation", 1.0) > 0.999999
    assert len(found["load_average"]) == 2


# Equal work


def test_the_floor_in_double_is_the_same_floor_and_agrees_with_hansa():
    table = invented(SIZE)
    single, double = (contestants.YEARLY[name] for name in ("floor, single", "floor, double"))
    of_single, of_double = (one.done(one.taken(table)) for one in (single, double))
    ours = contestants.YEARLY["hansa, double"]
    of_hansa = ours.told(ours.done(ours.taken(table)))
    for name in ("proximity", "density"):
        assert of_single[name].dtype == np.float32
        assert of_double[name].dtype == np.float64
        np.testing.assert_allclose(np.asarray(of_double[name]), of_hansa[name], atol=1e-12)
    correlation, difference = runs.index_agreement(of_hansa["eci"], np.asarray(of_double["eci"]))
    assert correlation == pytest.approx(1.0)
    assert difference < 1e-9


def test_indices_agree_whatever_their_sign_and_scale():
    random = np.random.default_rng(1)
    index = random.normal(size=50)
    correlation, difference = runs.index_agreement(index, 7 - 3 * index)
    assert correlation == pytest.approx(1.0)
    assert difference < 1e-12
    other = index.copy()
    other[4] += 1.0
    assert runs.index_agreement(index, other)[1] > 0.5


def test_the_largest_difference_is_found_in_any_block(tmp_path):
    ours = np.zeros((runs.BLOCK * 2 + 1, 900))
    np.save(tmp_path / "ours.npy", ours)
    theirs = ours.copy()
    theirs[-1, 3], theirs[7, 7] = 0.25, 9.0
    assert runs.largest_difference(theirs, tmp_path / "ours.npy") == 9.0
    assert runs.largest_difference(theirs, tmp_path / "ours.npy", off_diagonal=True) == 0.25


# Figures


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_a_cost_of_a_square_and_a_cubic_part_is_foretold(square, cubic):
    found = specialisation.scaled_up(square / 64 + cubic / 512, square / 16 + cubic / 64)
    assert found == pytest.approx(square + cubic, rel=1e-6, abs=1e-6)


def test_figures_are_medians_of_all_runs():
    row = specialisation.row("hansa", answers(3.0, 1.0, 2.0), "", None)
    assert (row["core_seconds"], row["above_mb"], row["runs"]) == (2.0, 4.0, 3)
    assert row["all_core_seconds"] == [3.0, 1.0, 2.0]


def test_a_peer_over_budget_is_scaled_and_marked():
    assert specialisation.Predicted(61, 1).too_much(60) == "scaled, not run"
    assert "GB" in specialisation.Predicted(1, 1e9).too_much(60)
    assert specialisation.Predicted(1, 1).too_much(60) == ""
    rows = {row[0]: row for row in tables.group_rows(content()["years"][0])}
    assert rows["fermi-cref"][1:3] == ["≈ 500", "scaled, not run"]
    assert rows["econcomplex"][1:3] == ["–", "ImportError: none"]


def test_ratios_are_those_of_the_figures():
    rows = {row[0]: row for row in tables.group_rows(content(hansa=2.0)["years"][0])}
    assert rows["hansa"][-3:] == ["1.00", "2.00", "0.50"]
    assert rows["ecomplexity"][-3:] == ["40", "80", "20"]


def test_goals_follow_the_figures():
    slow, fast = judged(content(hansa=2.0, peer=79.0)), judged(content(hansa=0.9, peer=80.0))
    below = "below the single floor"
    assert (slow[below], fast[below]) == (False, True)
    ahead = "40 x ahead of ecomplexity"
    assert (slow[ahead], fast[ahead]) == (False, True)
    memory = "memory above start at most the single floor's"
    assert (slow[memory], fast[memory]) == (False, True)
    assert judged(content(double=5.0))["in double at most 1.2 x the double floor"] is False
    without = content()
    without["years"][0]["rows"] = [row for row in without["years"][0]["rows"] if row["contestant"] != "ecomplexity"]
    goals = {one["goal"]: one["holds"] for one in tables.goals(without)}
    assert goals["1,500 x 5,000: 40 x ahead of ecomplexity"] is None


def test_heavy_imports_are_named_with_the_module_that_asks_for_them():
    trace = "\n".join(
        (
            "import time: self [us] | cumulative | imported package",
            "import time:        10 |       2000 |     scipy.stats",
            "import time:        10 |       2500 |   hansa.specialisation.ranking",
            "import time:        10 |         90 |   hansa.specialisation.cells",
            "import time:        10 |       3000 | hansa.specialisation",
        )
    )
    found = tables.heavy_imports(trace)
    assert found == [{"module": "scipy.stats", "ms": 2.0, "asked_by": "hansa.specialisation.ranking"}]


# What is published


def test_the_page_keeps_its_words_and_gets_the_figures(tmp_path):
    words = "# Speed\n\nWhat costs what.\n\n"
    (tmp_path / "speed.md").write_text(
        f"{words}{tables.BEGIN}\nyesterday\n{tables.END}\n\nThe end.\n", encoding="utf-8"
    )
    tables.publish(content(), tmp_path)
    page = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert page.startswith(words)
    assert page.endswith("\n\nThe end.\n")
    assert "yesterday" not in page
    assert "| ecomplexity | 80.0 | 1 |" in page
    drawing = (tmp_path / "speed.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "core-seconds" in drawing
    assert "regions × domains" in drawing


def test_the_plot_shows_every_figure_and_marks_the_scaled_ones():
    points = tables.points(content())
    assert {one["contestant"]: one["how"] for one in points if one["how"] != "measured"} == {
        "fermi-cref": "scaled or ended"
    }
    assert {one["cells"] for one in points} == {1_500 * 5_000}
    assert set(tables.COLOURS) <= set(contestants.YEARLY)


def test_the_ratios_on_the_published_page_are_those_of_its_figures():
    page = (ROOT / "docs" / "specialisation" / "speed.md").read_text(encoding="utf-8")
    checked = 0
    for part in re.split(r"^### One year", page, flags=re.MULTILINE)[1:]:
        lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
        rows = {
            line[0]: [float(re.sub(r"[≈ ,]", "", line[i]).replace("–", "nan")) for i in (1, 5, 6)]
            for line in lines[1:8]
        }
        for seconds, to_hansa, to_floor in rows.values():
            assert to_hansa == pytest.approx(seconds / rows["hansa"][0], rel=0.06, nan_ok=True)
            assert to_floor == pytest.approx(seconds / rows["floor, single"][0], rel=0.06, nan_ok=True)
            checked += 1
    assert checked >= 24


def test_the_peers_are_pinned_with_hashes_and_name_no_registry():
    lock = _peers.LOCK.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    for name, version in _peers.PEERS.items():
        assert f"{name}=={version} " in lock
    assert "http" not in lock
