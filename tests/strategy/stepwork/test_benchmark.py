"""The measurement of the ranking runs, and what it measures agrees with its peer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_ranking_is_measured_beside_a_loop_that_says_the_same():
    written = ROOT / "build" / "benchmarks" / "ranking-try.json"
    written.unlink(missing_ok=True)
    sizes = ["--priorities", "12", "--regions", "4", "--draws", "1500", "--runs", "2", "--name", "ranking-try"]
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "benchmarks" / "ranking.py"), *sizes],
        cwd="/", capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(written.read_text(encoding="utf-8"))
    assert set(found["seconds"]) == {"hansa", "hansa_by_rank", "draw_by_draw"}
    # 24 probabilities that two sets of 1,500 draws tell apart by less than five standard errors
    assert found["largest_difference"] < 5 * (0.5 / 1500**0.5) * 2**0.5
    assert found["machine"]["cores"] >= 1
