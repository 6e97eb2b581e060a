"""What a refusal means, how feedback moves a query, what outcomes teach, and what other weights would give."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hansa.matching import CODES, Document, Hit, Index, Query, Reason, Weights, render
from hansa.matching.concepts import Concepts
from hansa.matching.feedback import (
    REFUSALS,
    Example,
    Verdict,
    after_verdicts,
    moved_by,
    rocchio,
    rocchio_concepts,
    without_refused,
)
from hansa.matching.learning import LEAST_OUTCOMES, Outcome, back_test, cross_validated, learn_weights
from hansa.matching.reasons import Asked
from hansa.matching.whatif import Kept, kept_from, rescored, score_of
from tests.matching.conftest import HashEmbedder

RELAXED = settings(max_examples=100, deadline=None)
DOCUMENTS = {
    "a": Document("a", "offer", "FI19", "x", owner="firm"),
    "b": Document("b", "offer", "FI1C", "x"),
    "c": Document("c", "facility", "FI19", "x"),
    "d": Document("d", "offer", "", "x", owner="firm"),
}


def _hits(query: str = "q") -> list[Hit]:
    scores = {"a": 0.9, "b": 0.5, "c": 0.45, "d": 0.4}
    return [
        Hit(query, i + 1, id, s, (Reason("meaning", s, "close_meaning"),)) for i, (id, s) in enumerate(scores.items())
    ]


def _order(*verdicts: Verdict, query: str = "q", asker: str | None = "me") -> list[str]:
    return [hit.id for hit in after_verdicts(_hits(query), DOCUMENTS, verdicts, asker=asker)]


def test_without_verdicts_nothing_changes() -> None:
    assert after_verdicts(_hits(), DOCUMENTS, []) == _hits()
    assert _order(Verdict("q", "b", asker="me")) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_each_code_takes_its_hit_from_this_query_and_reaches_as_far_as_it_says(code) -> None:
    verdict = Verdict("q", "a", code, "me")
    assert "a" not in _order(verdict)
    for_ever = REFUSALS[code].pair
    assert ("a" in _order(verdict, query="other")) == (not for_ever)
    assert ("d" in _order(verdict)) == (not for_ever), "d is of the same owner"
    assert "a" in _order(verdict, query="other", asker="somebody else")
    assert verdict.teaches == (code == "wrong_topic")


def test_a_refused_region_counts_for_less_in_this_query_only() -> None:
    verdict = Verdict("q", "a", "wrong_region", "me")
    assert _order(verdict) == ["b", "d", "c"]
    assert _order(verdict, query="other") == ["a", "b", "c", "d"]
    hit = next(h for h in after_verdicts(_hits(), DOCUMENTS, [verdict]) if h.id == "c")
    assert hit.score == pytest.approx(0.225) == pytest.approx(sum(r.contribution for r in hit.reasons))
    assert set(hit.reasons[-1].params) == set(CODES[hit.reasons[-1].code])
    assert "FI19" in render(hit.reasons[-1]) and "FI19" in render(hit.reasons[-1], "pl")


def test_a_refused_kind_or_side_and_an_unknown_region() -> None:
    assert _order(Verdict("q", "c", "wrong_kind")) == ["a", "b", "d"]
    asks = {**DOCUMENTS, "c": replace(DOCUMENTS["c"], kind="request")}
    hits = after_verdicts(_hits(), asks, [Verdict("q", "d", "wrong_side")])
    assert [(hit.id, hit.score) for hit in hits] == [("a", 0.45), ("c", 0.45), ("b", 0.25)]
    assert render(hits[2].reasons[-1]).startswith("The side “offer” was declined")
    hits = after_verdicts(_hits(), DOCUMENTS, [Verdict("q", "d", "wrong_region")])
    assert [hit.score for hit in hits] == [0.9, 0.5, 0.45], "an unknown region is no region that others share"


def test_the_last_verdict_on_a_pair_counts() -> None:
    assert "a" in _order(Verdict("q", "a", "not_credible", "me"), Verdict("q", "a", None, "me"))


@RELAXED
@given(
    st.lists(
        st.builds(
            Verdict,
            st.sampled_from(("q", "r")),
            st.sampled_from("abcd"),
            st.sampled_from((None, *sorted(REFUSALS))),
            st.sampled_from((None, "me", "you")),
        )
    ),
    st.integers(0, 4).map(lambda n: n / 4),
)
def test_scores_never_rise_and_parts_add_up(verdicts, keep) -> None:
    before = {hit.id: hit.score for hit in _hits()}
    after = after_verdicts(_hits(), DOCUMENTS, verdicts, asker="me", keep=keep)
    assert [hit.rank for hit in after] == list(range(1, len(after) + 1))
    assert [hit.score for hit in after] == sorted((hit.score for hit in after), reverse=True)
    for hit in after:
        assert hit.score <= before[hit.id]
        assert sum(r.contribution for r in hit.reasons) == pytest.approx(hit.score, abs=1e-9)
    asked = without_refused(Query("q", "x"), DOCUMENTS, verdicts, asker="me")
    assert set(asked.exclude_ids) == set(before) - {hit.id for hit in after}


vectors = arrays(np.float64, 4, elements=st.integers(-3, 3).map(float))


@RELAXED
@given(vectors, st.lists(vectors, max_size=3), st.lists(vectors, max_size=3))
def test_rocchio_is_the_formula_on_unit_vectors(query, liked, disliked) -> None:
    def unit(v):
        length = math.sqrt(sum(x * x for x in v))
        return [x / length for x in v] if length else list(v)

    expected = np.array(unit(query))
    for factor, side in ((0.75, liked), (-0.15, disliked)):
        known = [unit(v) for v in side if any(v)]
        for v in known:
            expected = expected + factor * np.array(v) / len(known)
    made = rocchio(query, liked, disliked)
    if np.linalg.norm(expected) < 1e-6:
        assert made == pytest.approx(np.array(unit(query)), abs=1e-6)
    else:
        assert made == pytest.approx(np.array(unit(expected)), abs=1e-9)


@RELAXED
@given(vectors, vectors)
def test_an_accepted_text_comes_nearer_and_a_refused_one_goes_farther(query, other) -> None:
    if not query.any() or not other.any():
        return
    mine, theirs = query / np.linalg.norm(query), other / np.linalg.norm(other)
    if abs(mine @ theirs) > 0.99:
        return
    assert rocchio(query, [other], []) @ theirs > mine @ theirs > rocchio(query, [], [other]) @ theirs
    assert rocchio(query, [], []) == pytest.approx(mine)


def _concepts(**weights: float) -> Concepts:
    rows = np.array([int(name[1:]) for name in weights], dtype=np.int32)
    values = np.array(list(weights.values()), dtype=np.float32)
    return Concepts(rows, values / (np.linalg.norm(values) or 1))


def test_concepts_of_accepted_texts_join_the_query_and_those_of_refused_ones_leave() -> None:
    made = rocchio_concepts(_concepts(c1=1.0, c2=0.1), [_concepts(c5=1.0)], [_concepts(c2=1.0)])
    assert made.rows.tolist() == [1, 5]
    assert float(np.sum(made.weights**2)) == pytest.approx(1, abs=1e-6)
    assert rocchio_concepts(_concepts(c1=1.0), [_concepts(c5=1.0)], [], most=1).rows.tolist() == [1]
    empty = Concepts(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    assert rocchio_concepts(empty, [], []).rows.tolist() == []


def test_other_weights_give_what_a_new_search_would_give() -> None:
    """Suggestions kept from one search and scored again rank as an index with the other weights does."""
    documents = [
        Document("d1", "offer", "FI19", "Aluminium castings for housings, painted and machined.", domains=("NACE:24",)),
        Document("d2", "offer", "LT02", "Welding of steel frames and aluminium parts.", domains=("NACE:24.53",)),
        Document("d3", "request", "LV00", "We need castings of aluminium for pumps.", domains=("NACE:24.53",)),
        Document("d4", "thing", "LV00", "Castings castings castings aluminium aluminium aluminium castings aluminium."),
    ]
    query = Query("q", "aluminium castings", "en", want="offer", domains=("NACE:24.53",))
    old, new = Weights(), Weights(version="2", spelling=0.9, domains=0.01)

    def found(weights: Weights) -> list[Hit]:
        index = Index(None, None, weights=weights)
        index.add(documents)
        return index.search(query)

    hits = found(old)
    stated = {document.id: bool(document.domains) for document in documents}
    kept = [
        kept_from(hit, old.signal_weights(), ("spelling", "domains") if stated[hit.id] else ("spelling",), old.unclear)
        for hit in hits
    ]
    told = {one.document: round(one.signals["domains"], 6) for one in kept if "domains" in one.signals}
    assert told == {"d1": 0.5, "d2": 1, "d3": 1}, "d4 names no domain, which does not count against it"
    for weights, expected in ((old, hits), (new, found(new))):
        again = rescored(kept, weights.signal_weights())
        assert [hit.id for hit in again] == [hit.id for hit in expected]
        assert [hit.score for hit in again] == pytest.approx([hit.score for hit in expected], abs=1e-6)
        for hit, told in zip(again, expected, strict=True):
            words = {reason.signal: reason.params for reason in told.reasons}
            assert all(reason.params == words[reason.signal] for reason in hit.reasons)
            assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-9)
    assert [hit.id for hit in found(old)] != [hit.id for hit in found(new)]


def _searched(**query: Any) -> dict[str, Hit]:
    index = Index(HashEmbedder(), None)
    index.add(
        [
            Document("near", "offer", "", "casting of metal", "en"),
            Document("like", "offer", "", "casting of metal in sand moulds near harbour", "en"),
            Document("alike", "offer", "", "sand moulds near harbour", "en"),
            Document("far", "offer", "", "smoked fish and bread", "en"),
        ]
    )
    index.add(
        Document(f"other {n}", "offer", "", f"w{n} x{7 * n} y{11 * n} z{13 * n} a{17 * n}", "en") for n in range(40)
    )
    return {hit.id: hit for hit in index.search(Query("q", **({"text": "casting of metal"} | query)), 99)}


def test_what_was_accepted_moves_the_search_and_hits_say_so() -> None:
    before, after = _searched(), _searched(liked_ids=("like", "withdrawn"))
    assert after["alike"].score > (before["alike"].score if "alike" in before else 0)
    told = {id: [r for r in hit.reasons if r.code == "nearer_by_feedback"] for id, hit in after.items()}
    assert told["alike"][0].params == {"accepted": 1, "refused": 0}
    assert told["alike"][0].contribution == 0
    assert not told["near"], "it did not come nearer"
    for hit in after.values():
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
    assert not any(r.code == "nearer_by_feedback" for hit in before.values() for r in hit.reasons)


def test_what_was_refused_for_its_topic_counts_for_less() -> None:
    assert _searched(disliked_ids=("alike",))["like"].score < _searched()["like"].score


def test_examples_that_are_gone_change_nothing() -> None:
    assert _searched(liked_ids=("withdrawn",), disliked_ids=("gone",)) == _searched()


def test_a_search_without_a_text_goes_to_what_was_accepted() -> None:
    assert _searched(text="") == {}
    assert next(iter(_searched(text="", liked_ids=("far",)))) == "far"


def test_examples_may_be_handed_in_from_a_database() -> None:
    """The function that the index uses gives the same query for the same vectors, whoever kept them."""
    rng = np.random.default_rng(2)
    vector, liked, disliked = (v.astype(np.float32) / np.linalg.norm(v) for v in rng.normal(size=(3, 8)))
    asked = Asked(Query("q", "x"), "x", "en", _concepts(c1=1.0))
    moved, turned = moved_by(asked, vector, [Example(liked, _concepts(c2=1.0))], [Example(disliked)])
    assert turned == pytest.approx(rocchio(vector, [liked], [disliked]), abs=1e-6)
    assert moved.concepts is not None and moved.concepts.rows.tolist() == [1, 2]
    assert moved.unmoved is not None and moved.unmoved.asked is asked
    assert (moved.unmoved.accepted, moved.unmoved.refused) == (1, 1)
    none = np.zeros(0, dtype=np.float32)
    for without, examples in ((none, [Example(liked)]), (vector, [Example(none)])):
        assert moved_by(asked, without, examples, [])[1] == pytest.approx(without)
    assert moved_by(asked, vector, [], []) == (asked, vector)


def test_weights_of_context_are_learnt_too_and_stay_below_one() -> None:
    """Outcomes made with a strong wish of the other side and no influence of freshness: learning finds which is
    which."""
    rng = np.random.default_rng(4)
    true = {**PRIOR, "wishes": 0.5, "freshness": 0.0}
    prior = {**PRIOR, "wishes": 0.15, "freshness": 0.15}
    outcomes = []
    for i in range(4000):
        signals = {name: float(v) for name, v in zip(PRIOR, rng.random(4), strict=True)}
        context = {"wishes": float(rng.choice([-1, 0, 1])), "freshness": float(rng.random())}
        chance = 1 / (1 + math.exp(-(12 * score_of(signals, true, 1.0, context) - 6)))
        code = None if rng.random() < chance else "wrong_topic"
        outcomes.append(Outcome(Verdict(f"q{i // 8}", f"d{i}", code), signals, i, i + 0.5, 1.0, context))
    learnt = learn_weights(outcomes, prior, strength=1.0)
    assert learnt.weights["wishes"] > 0.35
    assert learnt.weights["freshness"] < 0.1
    assert sum(learnt.weights[name] for name in ("wishes", "freshness")) <= 0.95 + 1e-9
    assert sum(learnt.weights[name] for name in PRIOR) == pytest.approx(sum(PRIOR.values()))
    assert learnt.as_weights().wishes == learnt.weights["wishes"]
    assert learnt.brier < learnt.brier_prior
    untold = learn_weights(outcomes)
    assert set(untold.weights) == set(Weights().every_weight())
    assert untold.as_weights().version.startswith(f"{Weights().version}+4000.")


def test_signals_of_context_are_got_back_from_the_reasons_of_a_hit() -> None:
    index = Index(HashEmbedder(), None)
    index.add([Document("d", "offer", "", "casting of metal", "en", countries=("DE",), outcomes=3, quality=0.9)])
    asked = Query("q", "casting of steel", "en", region="PL84")
    [hit], [kept] = index.search(asked), index.kept(asked)
    again = kept_from(hit, index.weights.every_weight(), ("meaning", "spelling"))
    assert again.signals == pytest.approx(kept.signals, abs=1e-6)
    assert again.context == pytest.approx({"wishes": -1.0, "record": 0.5, "quality": 0.8}, abs=1e-6)
    assert again.context == pytest.approx(kept.context, abs=1e-6)
    other = Weights(wishes=0.5, record=0.01, meaning=0.2)
    [old], [new] = rescored([again], other.every_weight()), rescored([kept], other.every_weight())
    assert old.score == pytest.approx(new.score, abs=1e-6)
    assert {reason.code for reason in new.reasons} == {reason.code for reason in hit.reasons}


TRUE = {"meaning": 0.3, "concepts": 1.1, "spelling": 0.1, "domains": 0.0}
PRIOR = {"meaning": 1.0, "concepts": 0.3, "spelling": 0.1, "domains": 0.1}


def _outcomes(count: int, seed: int = 1, per_query: int = 8) -> list[Outcome]:
    """Suggestions of random signals, some of which cannot speak, accepted by chance with the `TRUE` weights."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        signals = {
            n: float(v) for n, v in zip(TRUE, rng.random(4), strict=True) if n == "meaning" or rng.random() < 0.8
        }
        chance = 1 / (1 + math.exp(-(8 * score_of(signals, TRUE) - 4)))
        code = None if rng.random() < chance else "wrong_topic"
        made.append(Outcome(Verdict(f"q{i // per_query}", f"d{i}", code, f"c{i}"), signals, float(i), i + 0.5))
    return made


def test_learning_finds_the_weights_that_made_the_outcomes() -> None:
    learnt = learn_weights(_outcomes(4000), PRIOR)
    assert learnt.refused is None and learnt.outcomes == 4000 and learnt.left_out == 0
    assert sum(learnt.weights.values()) == pytest.approx(sum(PRIOR.values()))
    for name, weight in learnt.weights.items():
        assert weight == pytest.approx(TRUE[name], abs=0.15)
    assert learnt.brier < learnt.brier_prior
    assert sum(b.count for b in learnt.calibration) == 4000
    for b in learnt.calibration:
        assert b.told == pytest.approx(b.accepted, abs=0.06)
    assert learnt.chance(0.9) > learnt.chance(0.1)


def test_a_stronger_prior_holds_the_weights_nearer() -> None:
    outcomes = _outcomes(600)
    away = [
        sum((learn_weights(outcomes, PRIOR, strength=s).weights[n] - PRIOR[n]) ** 2 for n in PRIOR)
        for s in (1.0, 30.0, 1e5)
    ]
    assert away[0] > away[1] > away[2] and away[2] < 1e-3


def test_too_few_outcomes_teach_nothing_and_say_why() -> None:
    few = _outcomes(LEAST_OUTCOMES - 1)
    learnt = learn_weights(few, PRIOR, version="7")
    assert learnt.refused is not None and str(LEAST_OUTCOMES) in learnt.refused
    assert learnt.weights == PRIOR and learnt.version == "7" and math.isnan(learnt.chance(0.5))
    untaught = learn_weights([])
    assert untaught.weights == dict(Weights().signal_weights()) and untaught.version == Weights().version
    assert untaught.as_weights() == Weights()
    one_sided = [replace(o, verdict=replace(o.verdict, code=None)) for o in _outcomes(300)]
    assert "of each" in str(learn_weights(one_sided, PRIOR).refused)
    alone = [replace(o, verdict=replace(o.verdict, query="q")) for o in _outcomes(300)]
    assert "one query" in str(learn_weights(alone, PRIOR).refused)


def test_refusals_that_say_nothing_about_texts_teach_nothing() -> None:
    outcomes = _outcomes(400)
    noise = [
        Outcome(Verdict("q0", f"n{i}", code, "x"), {"meaning": 1.0}, 0, 1)
        for i, code in enumerate(c for c in sorted(REFUSALS) if not REFUSALS[c].topic)
    ]
    with_noise = learn_weights([*outcomes, *noise], PRIOR)
    assert with_noise.left_out == len(noise)
    assert with_noise == replace(learn_weights(outcomes, PRIOR), left_out=len(noise))


def test_the_order_of_outcomes_changes_nothing_and_the_version_names_them() -> None:
    outcomes = _outcomes(400)
    one, other = learn_weights(outcomes, PRIOR), learn_weights(outcomes[::-1], PRIOR)
    assert one == other
    assert one.version.startswith("own+400.") and one.as_weights().version == one.version
    assert learn_weights(_outcomes(400, seed=2), PRIOR).version != one.version


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((0.1, 10.0)))
def test_learnt_weights_are_never_negative_and_keep_their_sum(seed, strength) -> None:
    rng = np.random.default_rng(seed)
    outcomes = [
        replace(o, verdict=replace(o.verdict, code=None if rng.random() < 0.5 else "wrong_topic"))
        for o in _outcomes(200, seed)
    ]
    learnt = learn_weights(outcomes, PRIOR, strength=strength, least_of_each=10)
    assert min(learnt.weights.values()) >= 0
    assert sum(learnt.weights.values()) == pytest.approx(sum(PRIOR.values()))
    learnt.as_weights()


def test_a_back_test_judges_only_on_what_was_not_known() -> None:
    outcomes = _outcomes(3000)
    cut = 2000.0
    test = back_test(outcomes, cut, PRIOR)
    assert test.learnt.outcomes == 2000 and test.tested == 1000 and test.dropped == 0
    assert test.right > test.right_prior and test.low <= test.right - test.right_prior <= test.high
    pending = Outcome(Verdict("new", "x", None), {"meaning": 1.0}, cut - 1, cut + 1)
    old_query = Outcome(Verdict("q0", "x", None), {"meaning": 1.0}, cut + 1, cut + 2)
    old_pair = Outcome(Verdict("new", "d0", None, "c0"), {"meaning": 1.0}, cut + 1, cut + 2)
    again = back_test([*outcomes, pending, old_query, old_pair], cut, PRIOR)
    assert again.dropped == 3
    assert replace(again, dropped=0) == test


def test_what_happens_after_the_cut_cannot_change_what_is_learnt() -> None:
    outcomes = _outcomes(800)
    turned = [
        replace(o, verdict=replace(o.verdict, code="wrong_topic" if o.verdict.accepted else None))
        if o.shown >= 500
        else o
        for o in outcomes
    ]
    changed_mind = Outcome(Verdict("q0", "d0", "no_answer", "c0"), {"meaning": 1.0}, 600, 601)
    first = back_test(outcomes, 500, PRIOR).learnt
    assert back_test(turned, 500, PRIOR).learnt == first
    assert back_test([*outcomes, changed_mind], 500, PRIOR).learnt == first


def test_a_back_test_without_later_outcomes_says_nothing() -> None:
    test = back_test(_outcomes(300), 1e9, PRIOR)
    assert test.tested == test.queries == 0 and math.isnan(test.right)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Verdict("q", "a", "dull"), "use one of"),
        (lambda: after_verdicts(_hits(), DOCUMENTS, [], keep=2), "0 to 1"),
        (lambda: after_verdicts([*_hits(), *_hits("r")], DOCUMENTS, []), "several queries"),
        (lambda: rocchio(np.ones(3), [np.ones(2)], []), "3 finite numbers"),
        (lambda: rocchio(np.ones(3), [np.full(3, np.nan)], []), "3 finite numbers"),
        (lambda: rocchio(np.ones(3), [], [], beta=-1), "negative"),
        (lambda: Kept("q", "a", {"meaning": 2.0}), "0 to 1"),
        (lambda: Kept("q", "a", {"meaning": 0.5}, math.nan), "factor"),
        (lambda: kept_from(_hits()[0], {"meaning": 0.0}, ["meaning"]), "cannot be known"),
        (lambda: kept_from(_hits()[0], {"meaning": 1.0, "spelling": 1.0}, ["spelling"]), "not said to speak"),
        (lambda: rescored([], {"meaning": -1.0}), "negative"),
        (lambda: rescored([Kept("q", "a", {}), Kept("r", "a", {})], {}), "several queries"),
        (lambda: Outcome(Verdict("q", "a"), {"meaning": 0.5}, 2, 1), "before it was shown"),
        (lambda: Outcome(Verdict("q", "a"), {}, 1, 2), "needs signals"),
        (lambda: learn_weights(_outcomes(300), {"meaning": 1.0}), "no prior weight"),
        (lambda: learn_weights([], {"meaning": -1.0}), "not negative"),
        (lambda: learn_weights([], strength=0), "strength"),
        (lambda: learn_weights([], {"wishes": 0.5}), "one of a signal"),
        (lambda: learn_weights([], {"meaning": 1.0, "wishes": 0.96}), "0.95 at most"),
        (lambda: Kept("q", "a", {"meaning": 0.5}, context={"wishes": 2.0}), "-1 to 1"),
        (lambda: Kept("q", "a", {"meaning": 0.5}, context={"meaning": 0.5}), "no signal of context"),
        (lambda: rescored([], {"wishes": 0.6, "quality": 0.5}), "less than 1"),
    ],
)
def test_bad_input_is_told_in_a_sentence(wrong, says) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()


def test_cross_validation_tells_a_preference_from_chance() -> None:
    known = cross_validated(_outcomes(1600), PRIOR)
    assert known.queries > 150 and known.better
    assert 0 < known.low <= known.right - known.right_prior <= known.high
    rng = np.random.default_rng(5)
    better = 0
    for seed in range(20):
        tossed = [
            replace(one, verdict=replace(one.verdict, code=None if rng.random() < 0.5 else "wrong_topic"))
            for one in _outcomes(320, seed=seed)
        ]
        better += cross_validated(tossed, PRIOR).better
    assert better <= 2  # one in forty is what an interval of 95 % lets through


def test_cross_validation_needs_queries_with_both_kinds_of_answers() -> None:
    every = _outcomes(400)
    accepted = [one for one in every if one.verdict.accepted]
    assert cross_validated(accepted, PRIOR).queries == 0 and not cross_validated(accepted, PRIOR).better
    alone = [replace(one, verdict=replace(one.verdict, query="q")) for one in every]
    assert cross_validated(alone, PRIOR).queries == 0
    assert cross_validated([], PRIOR).queries == 0
