"""The measurements run: what they measure has to be there, and each figure they promise is written."""

import json
import os
import subprocess
import sys

import pytest

from tests.site.installation import ROOT

PAGES = ["Today", "Map of regions", "Region PL84", "Priorities", "Requests", "Request with matches"]


@pytest.mark.heavy
def test_the_pages_are_measured_beside_the_floor():
    written = ROOT / "build" / "benchmarks" / "pages-quick.json"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "benchmarks" / "pages.py"), "--quick"],
        cwd="/", capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(written.read_text(encoding="utf-8"))
    floor, *pages = found["pages"]
    assert floor["sent_bytes"] == 20_000
    assert [page["page"] for page in pages] == PAGES
    for page in pages:
        assert 0 < page["p50_ms"] <= page["p95_ms"]
        assert page["queries"] > 0
        assert page["sent_bytes"] < page["body_bytes"]
        assert page["page"] in done.stdout
    assert found["machine"]["cores"] >= 1
    assert len(found["load_average"]) == 2


def test_a_page_that_fails_is_not_called_quick():
    from benchmarks import _crowd, _installation

    with _installation.folder() as home, _installation.floor(home.parent, 1, 1) as port:
        seen = _crowd.read(port, "/", readers=3, requests=9, warm_up=3)
        assert len(seen.seconds) == 9
        assert seen.body == 20_000
        with pytest.raises(RuntimeError, match="400"):
            _crowd.read(port, "/", readers=1, requests=1, warm_up=1, headers={"Transfer-Encoding": "none"})


@pytest.mark.heavy
def test_partners_are_measured_beside_popularity_and_past_partners():
    written = ROOT / "build" / "benchmarks" / "partners.json"
    kept = written.read_bytes() if written.exists() else None
    try:
        command = [sys.executable, "-P", str(ROOT / "benchmarks" / "partners.py"), "--no-meaning", "--most", "25"]
        done = subprocess.run(
            command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=False, timeout=900,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'benchmarks'}"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(written.read_text(encoding="utf-8"))
    finally:
        written.unlink(missing_ok=True) if kept is None else written.write_bytes(kept)
    assert {table["question"] for table in found["tables"]} == {"history", "new", "texts", "led"}
    for table in found["tables"]:
        rows = {row["method"]: row for row in table["rows"]}
        assert {"active alone", "all, default weights"} <= set(rows)
        assert all(
            0 <= row[name] <= 1 for row in rows.values() for name in ("ndcg10", "recall20", "mrr", "firms_shown")
        )
        if table["question"] == "history":
            assert rows["all, room 1"]["few_projects_shown"] >= rows["past alone"]["few_projects_shown"]
