"""Exposure as a loop over the definition has it; a lift keeps its promise at every prefix, at the least cost."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.matching import CODES, Hit, Reason, render
from hansa.matching.fairness import UNKNOWN, Lift, exposure, exposure_table, lifted

LESS = "less developed"
RELAXED = settings(max_examples=150, deadline=None)


@st.composite
def lists(draw: st.DrawFn, most: int = 12) -> tuple[list[Hit], dict[str, str]]:
    scores = sorted(draw(st.lists(st.integers(0, 20), max_size=most)), reverse=True)
    hits = [
        Hit("q", i + 1, f"d{i}", score / 20, (Reason("meaning", score / 20, "close_meaning"),))
        for i, score in enumerate(scores)
    ]
    groups = {hit.id: draw(st.sampled_from((LESS, "more developed"))) for hit in hits if draw(st.integers(0, 4))}
    return hits, groups


lifts = st.builds(
    Lift,
    st.just((LESS,)),
    st.integers(0, 10).map(lambda n: n / 10),
    st.integers(1, 14),
    st.sampled_from((None, 0.1, 0.5)),
    st.sampled_from((None, 0.0, 0.05)),
)


def _dcg(scores, depth) -> float:
    return sum(score / math.log2(k + 2) for k, score in enumerate(scores[:depth]))


def _minimum(setting: Lift, share: float, places: int) -> int:
    if setting.significance is None:
        return math.floor(share * places + 1e-9)
    chances = [math.comb(places, m) * share**m * (1 - share) ** (places - m) for m in range(places + 1)]
    return next(m for m in range(places + 1) if sum(chances[: m + 1]) > setting.significance + 1e-12)


@RELAXED
@given(lists())
def test_off_is_the_default_and_changes_nothing(given_list) -> None:
    hits, groups = given_list
    for setting in (None, Lift(), Lift((LESS,), 0.0), Lift((), 0.9)):
        after = lifted(hits, groups, setting)
        assert after.hits == tuple(hits) and after.moves == () and after.cost == 0 and after.before == after.after


@RELAXED
@given(lists(), lifts)
def test_every_prefix_has_its_minimum_as_far_as_the_list_allows(given_list, setting) -> None:
    hits, groups = given_list
    after = lifted(hits, groups, setting)
    assert after.share <= setting.share and (setting.most_cost is not None or after.share == setting.share)
    there = sum(groups.get(hit.id) == LESS for hit in hits)
    for k in range(1, min(setting.depth, len(hits)) + 1):
        count = sum(groups.get(hit.id) == LESS for hit in after.hits[:k])
        wanted = _minimum(setting, after.share, k) if after.share else 0
        assert count >= min(wanted, there)
        assert (k in after.short) == (count < wanted)


@RELAXED
@given(lists(), lifts)
def test_the_cost_is_what_ndcg_loses_and_never_negative_on_the_scores(given_list, setting) -> None:
    hits, groups = given_list
    after = lifted(hits, groups, setting)
    best = _dcg([hit.score for hit in hits], setting.depth)
    expected = 1 - _dcg([hit.score for hit in after.hits], setting.depth) / best if best else 0
    assert after.cost >= 0
    assert after.cost == pytest.approx(expected, abs=1e-9)
    assert setting.most_cost is None or after.cost <= setting.most_cost + 1e-9


@RELAXED
@given(lists(), lifts)
def test_hits_keep_scores_and_reasons_and_moved_ones_say_so(given_list, setting) -> None:
    hits, groups = given_list
    after = lifted(hits, groups, setting)
    old = {hit.id: hit for hit in hits}
    moved = {move.id: move for move in after.moves}
    assert [hit.rank for hit in after.hits] == list(range(1, len(hits) + 1))
    assert sorted(hit.id for hit in after.hits) == sorted(old)
    for hit in after.hits:
        before = old[hit.id]
        assert hit.score == before.score and hit.reasons[:1] == before.reasons
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-9)
        assert (hit.id in moved) == (hit.rank != before.rank) == (len(hit.reasons) == 2)
        if hit.id in moved:
            move, reason = moved[hit.id], hit.reasons[1]
            assert (move.before, move.after) == (before.rank, hit.rank)
            assert move.lifted == (hit.rank < before.rank)
            assert not move.lifted or groups[hit.id] == LESS
            assert reason.contribution == 0 and set(reason.params) == set(CODES[reason.code])
            assert str(hit.rank) in render(reason) and str(hit.rank) in render(reason, "pl")


@settings(max_examples=60, deadline=None)
@given(lists(most=6), st.integers(1, 10), st.integers(1, 6), st.sampled_from((None, 0.1, 0.5)))
def test_no_other_order_keeps_the_promise_at_less_cost(given_list, tenths, depth, significance) -> None:
    hits, groups = given_list
    setting = Lift((LESS,), tenths / 10, depth, significance)
    there = sum(groups.get(hit.id) == LESS for hit in hits)

    def kept(order) -> bool:
        return all(
            sum(groups.get(hit.id) == LESS for hit in order[:k]) >= min(setting.minimum(k), there)
            for k in range(1, min(depth, len(order)) + 1)
        )

    best = max(_dcg([hit.score for hit in order], depth) for order in permutations(hits) if kept(order))
    made = lifted(hits, groups, setting)
    assert _dcg([hit.score for hit in made.hits], depth) == pytest.approx(best, abs=1e-9)


@RELAXED
@given(lists(), lifts)
def test_the_same_input_gives_the_same_list(given_list, setting) -> None:
    hits, groups = given_list
    assert lifted(hits, groups, setting) == lifted(hits, dict(reversed(groups.items())), setting)


def test_a_cost_that_is_too_high_lowers_the_share() -> None:
    hits = [Hit("q", i + 1, f"d{i}", 1 - i / 10) for i in range(8)]
    groups = {"d6": LESS, "d7": LESS}
    free = lifted(hits, groups, Lift((LESS,), 0.5, 4))
    bound = lifted(hits, groups, Lift((LESS,), 0.5, 4, most_cost=free.cost * 0.8))
    assert 0 < bound.cost <= free.cost * 0.8 and 0 < bound.share < 0.5


def test_against_judgements_a_lift_may_pay() -> None:
    hits = [Hit("q", 1, "a", 0.9), Hit("q", 2, "b", 0.8)]
    assert lifted(hits, {"b": LESS}, Lift((LESS,), 1.0, 1), relevance={"b": 1.0}).cost == pytest.approx(-1.0)


@st.composite
def judged(draw: st.DrawFn):
    ids = [f"d{i}" for i in range(6)]
    queries = [f"q{i}" for i in range(draw(st.integers(1, 6)))]
    rankings = {q: draw(st.permutations(ids))[: draw(st.integers(0, 6))] for q in queries}
    relevance = {q: {i: draw(st.integers(0, 3)) for i in ids if draw(st.booleans())} for q in queries}
    groups = {i: draw(st.sampled_from("AB")) for i in ids if draw(st.booleans())}
    return rankings, relevance, groups


@RELAXED
@given(judged(), st.one_of(st.none(), st.integers(1, 6)))
def test_exposure_and_merit_are_mean_shares(question, depth) -> None:
    rankings, relevance, groups = question
    usable = [q for q in rankings if rankings[q] and sum(relevance[q].values())]
    if not usable:
        with pytest.raises(ValueError, match="nothing to compare"):
            exposure(rankings, relevance, groups)
        return
    rows = {row.group: row for row in exposure(rankings, relevance, groups, depth=depth, samples=50)}
    assert sum(row.exposure for row in rows.values()) == pytest.approx(1)
    assert sum(row.merit for row in rows.values()) == pytest.approx(1)
    for name in ("A", "B", UNKNOWN):
        seen, worth = 0.0, 0.0
        for q in usable:
            places = {i: 1 / math.log2(k + 2) for k, i in enumerate(rankings[q][: depth or 99])}
            seen += sum(v for i, v in places.items() if groups.get(i, UNKNOWN) == name) / sum(places.values())
            mine = sum(v for i, v in relevance[q].items() if groups.get(i, UNKNOWN) == name)
            worth += mine / sum(relevance[q].values())
        if not seen and not worth:
            assert name not in rows
            continue
        row = rows[name]
        assert (row.exposure, row.merit) == pytest.approx((seen / len(usable), worth / len(usable)))
        assert row.queries == len(usable)
        assert math.isnan(row.ratio) if not worth else row.ratio == pytest.approx(seen / worth)


def test_the_interval_holds_the_ratio_narrows_with_queries_and_repeats_with_the_seed() -> None:
    def rows(count):
        rankings = {f"q{i:03}": ["a", "b"] if i % 3 else ["b", "a"] for i in range(count)}
        relevance = {q: {"a": 1 + i % 2, "b": 1} for i, q in enumerate(rankings)}
        return exposure(rankings, relevance, {"a": "A", "b": "B"})

    few, many = rows(12), rows(600)
    for row in (*few, *many):
        assert row.low <= row.ratio <= row.high and row.low < row.high
    assert many[0].high - many[0].low < (few[0].high - few[0].low) / 3
    assert few == rows(12)


def test_lifting_raises_exposure_in_the_report() -> None:
    hits = [Hit("q", i + 1, f"d{i}", 1 - i / 10) for i in range(6)]
    groups = {f"d{i}": LESS if i > 3 else "more developed" for i in range(6)}
    relevance = {"q": {hit.id: 1.0 for hit in hits}}
    after = lifted(hits, groups, Lift((LESS,), 0.5, 6))
    before = exposure({"q": [hit.id for hit in hits]}, relevance, groups)
    then = exposure({"q": [hit.id for hit in after.hits]}, relevance, groups)
    assert then[0].group == LESS and then[0].ratio > before[0].ratio
    table = exposure_table(then)
    assert table.splitlines()[2].startswith("| less developed | ") and len(table.splitlines()) == 4
    assert "–" in exposure_table(exposure({"q": ["x"]}, {"q": {"y": 1}}, {"x": "A", "y": "B"}))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Lift(share=1.5), "share"),
        (lambda: Lift(depth=0), "depth"),
        (lambda: Lift(significance=1.0), "significance"),
        (lambda: Lift(most_cost=-0.1), "cost"),
        (lambda: lifted([Hit("q", 1, "a", 0.1), Hit("q", 2, "b", 0.2)], {}), "order of score"),
        (lambda: lifted([Hit("q", 1, "a", 0.2), Hit("q", 2, "a", 0.1)], {}), "twice"),
        (lambda: lifted([Hit("q", 1, "a", 0.2), Hit("r", 2, "b", 0.1)], {}), "several queries"),
        (lambda: exposure({"q": ["a", "a"]}, {"q": {"a": 1}}, {}), "twice"),
        (lambda: exposure({"q": ["a"]}, {"q": {"a": -1}}, {}), "negative"),
        (lambda: exposure({"q": ["a"]}, {"q": {"a": 1}}, {}, depth=0), "depth"),
        (lambda: exposure({"q": ["a"]}, {"q": {"a": 1}}, {}, samples=0), "sample"),
    ],
)
def test_bad_input_is_told_in_a_sentence(wrong, says) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()
