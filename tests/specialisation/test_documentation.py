"""Every example of the reference pages is true, and every public name is told about."""

from __future__ import annotations

import doctest
import os
from pathlib import Path

import pytest

import hansa.specialisation

from .reference import DATA

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "specialisation").glob("*.md"))
FRONT = ROOT / "docs" / "specialisation.md"


@pytest.mark.parametrize("page", [FRONT, *PAGES], ids=lambda page: page.stem)
def test_every_example_of_a_page_is_true(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "shared/data" in page.read_text(encoding="utf-8") and not DATA.is_dir():
        pytest.skip(f"the reference data are not in {DATA}")
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(os.fspath(page), module_relative=False)
    assert found.failed == 0


def test_each_family_has_a_page_with_an_example() -> None:
    families = {
        "advantage", "change", "compatibility", "complexity", "concentration", "opportunities", "partners", "plots",
        "prediction", "published-table", "relatedness", "uncertainty",
    }  # fmt: skip
    assert families <= {page.stem for page in PAGES}
    for page in PAGES:
        assert page.stem not in families or ">>> " in page.read_text(encoding="utf-8"), page.stem


def test_the_front_page_leads_to_every_page() -> None:
    front = FRONT.read_text(encoding="utf-8")
    assert [page.stem for page in PAGES if f"(specialisation/{page.name})" not in front] == []


def test_every_public_function_is_told_about() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in [FRONT, *PAGES])
    names = [name for name in hansa.specialisation.__all__ if callable(getattr(hansa.specialisation, name))]
    functions = [name for name in names if name[0].islower()]
    assert [name for name in functions if f"{name}(" not in text and f"`{name}`" not in text] == []
