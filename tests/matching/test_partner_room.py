"""Room among the first partners for organisations with few projects."""

from __future__ import annotations

import doctest
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.matching import PartnerQuery, PartnerWeights, Project, Suggester, partner_files, render
from hansa.matching.partnering.room import DEPTH, FEW, with_room

ROOMY = PartnerWeights(room=1)
ORDERS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.permutations(range(n)), st.lists(st.integers(0, 6), min_size=n, max_size=n), st.permutations(range(n))
    )
)


def crowded() -> list[Project]:
    """We have worked once with a small firm and with twelve institutes, which work with one another all the time."""
    institutes = tuple(f"institute {i:02}" for i in range(12))
    busy = [Project(f"p{i:02}", institutes[: 8 + i % 5], 2016) for i in range(20)]
    return [*busy, Project("ours", ("us", "small firm", *institutes[:6]), 2017)]


@given(ORDERS, st.sampled_from((0.5, 1.0, 1.25, 1.5, 3.0)))
def test_the_first_places_hold_as_many_with_few_projects_as_asked(
    lists: tuple[list[int], list[int], list[int]], room: float
) -> None:
    best, busy, plain = np.array(lists[0]), np.array(lists[1], dtype=float), np.array(lists[2])[:DEPTH]
    made = with_room(best, busy, plain, room)
    assert sorted(made) == sorted(best)
    few = busy <= FEW
    for group in (few, ~few):
        assert [p for p in made if group[p]] == [p for p in best if group[p]]
    for k in range(1, min(DEPTH, len(best)) + 1):
        asked = int(room * few[plain[:k]].sum() + 1e-9)
        assert few[made[:k]].sum() >= min(asked, k, few.sum())


@given(ORDERS)
def test_an_order_that_has_room_stays_as_it_is(lists: tuple[list[int], list[int], list[int]]) -> None:
    best, busy = np.array(lists[0]), np.array(lists[1], dtype=float)
    assert with_room(best, busy, best[:DEPTH], 1.0).tolist() == best.tolist()


def test_a_small_partner_is_seen_beside_busy_institutes_and_the_hit_says_why() -> None:
    query = PartnerQuery("q", "us")
    without = Suggester(crowded()).suggest([query])[0]
    hits = Suggester(crowded(), weights=ROOMY).suggest([query])[0]
    before = next(hit for hit in without if hit.id == "small firm")
    after = next(hit for hit in hits if hit.id == "small firm")
    assert after.rank < before.rank
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
    moved = [hit.id for hit in hits if any(reason.code == "room_for_small" for reason in hit.reasons)]
    assert moved == ["small firm"]
    reason = next(reason for reason in after.reasons if reason.code == "room_for_small")
    assert reason.contribution == pytest.approx(after.score - before.score, abs=1e-8)
    assert reason.params == {"before": before.rank, "after": after.rank}
    assert render(reason) == (
        f"Moved up from place {before.rank} to {after.rank}, so that organisations with few projects are seen."
    )


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    suggester = Suggester(crowded(), weights=ROOMY)
    longer = suggester.suggest([PartnerQuery("q", "us")], limit=13)[0]
    shorter = suggester.suggest([PartnerQuery("q", "us")], limit=7)[0]
    assert [hit.id for hit in shorter] == [hit.id for hit in longer[:7]]


def test_a_text_finds_participants_without_room_being_made() -> None:
    projects = [Project(f"{p.id}", p.members, p.year, "Shore power for ferries.") for p in crowded()]
    query = PartnerQuery("q", text="Shore power", coordinator="us")
    assert Suggester(projects, weights=ROOMY).suggest([query]) == Suggester(projects).suggest([query])


@pytest.mark.parametrize("room", [-0.1, float("nan"), float("inf")])
def test_room_is_a_number_from_zero_up(room: float) -> None:
    with pytest.raises(ValueError, match="room"):
        PartnerWeights(room=room)


def test_files_keep_room_as_asked(tmp_path: Path) -> None:
    lines = [{"id": p.id, "members": list(p.members), "year": p.year} for p in crowded()]
    (tmp_path / "p").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (tmp_path / "q").write_text('{"id": "q", "organisation": "us"}\n', encoding="utf-8")

    def places(weights: PartnerWeights | None) -> dict[str, int]:
        partner_files(tmp_path / "p", tmp_path / "q", 20, tmp_path / "hits", weights=weights)
        hits = [json.loads(line) for line in (tmp_path / "hits").read_text(encoding="utf-8").splitlines()]
        return {hit["id"]: hit["rank"] for hit in hits}

    assert places(ROOMY)["small firm"] < places(None)["small firm"]


def test_every_example_on_the_page_about_partners_is_true() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "partners.md"
    found = doctest.testfile(os.fspath(page), module_relative=False)
    assert found.attempted > 10 and found.failed == 0


def test_room_that_is_no_number_is_refused_in_one_sentence(tmp_path):
    from click.testing import CliRunner

    from hansa.site.cli import hansa

    path = tmp_path / "any.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    done = CliRunner().invoke(
        hansa,
        [
            "partners",
            "--projects",
            str(path),
            "--queries",
            str(path),
            "--room",
            "nan",
            "--out",
            str(tmp_path / "hits.jsonl"),
        ],
    )
    assert done.exit_code == 2 and "it must be a number from 0 to 10" in done.output
    assert not (tmp_path / "hits.jsonl").exists()
