"""Every example on the page about teams, fairness and feedback is true, and every refusal is told about."""

from __future__ import annotations

import doctest
import os
from pathlib import Path

from hansa.matching import fairness, feedback
from hansa.matching.teams import answer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "teams-and-fairness.md"


def test_every_example_is_true() -> None:
    found = doctest.testfile(os.fspath(PAGE), module_relative=False)
    assert found.attempted > 30 and found.failed == 0
    for module in (answer, fairness):
        found = doctest.testmod(module)
        assert found.attempted > 0 and found.failed == 0


def test_the_page_tells_every_refusal() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{code}`" in text for code in feedback.REFUSALS)
