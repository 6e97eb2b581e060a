"""Partner suggestions from a history of projects and from texts."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.matching import PartnerQuery, PartnerWeights, Project, Suggester, partners, render
from hansa.matching.explain import CODES
from hansa.matching.partnering.history import History
from hansa.matching.partnering.records import topics_of
from hansa.matching.partnering.signals import SHARING, scaled

TEXTS = (
    Project(
        "sea", ("port", "lab", "yard"), 2020, "Zero-emission ferries and shore power for harbours in the Baltic Sea."
    ),
    Project("cow", ("farm", "dairy"), 2020, "Grazing of dairy cattle and feed additives that lower methane emissions."),
    Project("sun", ("glass", "lab"), 2021, "Perovskite solar cells printed on glass for building facades."),
    Project("mute", ("port", "bank"), 2021),
)
histories = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=14)


def projects_of(lists: list[list[str]]) -> list[Project]:
    return [Project(f"p{i:02}", tuple(m), 2015 + i % 4, topic="AB|C" if i % 3 else None) for i, m in enumerate(lists)]


@given(histories, st.booleans())
def test_every_score_is_explained_and_nobody_meets_oneself_or_an_old_friend_as_new(
    lists: list[list[str]], new_only: bool
) -> None:
    for hit in partners(projects_of(lists), PartnerQuery("q", "a", new_only=new_only), limit=100):
        assert hit.id != "a"
        assert 0 < hit.score <= 1 + 1e-9
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
        assert not new_only or not any("a" in m and hit.id in m for m in lists)
        for reason in hit.reasons:
            assert set(reason.params) == set(CODES[reason.code])
            assert render(reason, "pl") != render(reason, "en")


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_projects_and_members_does_not_matter(lists: list[list[str]], random: object) -> None:
    projects = projects_of(lists)
    mixed = [Project(p.id, tuple(reversed(p.members)) + p.members[:1], p.year, p.text, p.topic) for p in projects]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    query = PartnerQuery("q", "a")
    assert partners(projects, query) == partners(mixed, query)


@settings(max_examples=40)
@given(histories)
def test_signals_agree_with_loops_written_from_their_definition(lists: list[list[str]]) -> None:
    history = History(projects_of(lists))
    joint = [set(m) for m in lists if len(set(m)) > 1]
    met = {o: Counter(x for m in joint if o in m for x in m if x != o) for o in history.organisations}
    for i, one in enumerate(history.organisations):
        for j, other in enumerate(history.organisations):
            assert history.together[[i]].toarray()[0, j] == met[one][other]
            common = sum(log(1 + met[one][w]) * log(1 + met[w][other]) / log(1 + max(2, len(met[w]))) for w in met[one])
            assert (history.introductions @ history.acquaintance).toarray()[i, j] == pytest.approx(common)
            own = [m for m in joint if one in m]
            chance = sum(1 / len(own) / len(m) for m in own if other in m)
            assert history.step.toarray()[i, j] == pytest.approx(chance)


def test_the_autoencoder_is_the_ridge_regression_of_each_organisation_on_all_others() -> None:
    rng = np.random.default_rng(3)
    lists = [[n for n in "abcdef" if rng.random() < 0.5] for _ in range(40)]
    history = History(projects_of(lists))
    learnt = ((history.alike, history.joint, 50), (history.circle, history.acquaintance, 1_000))
    for (places, weights), of, ridge in learnt:
        table = of[:, places].toarray()
        assert len(places) > 3
        for j in range(len(places)):
            others = [k for k in range(len(places)) if k != j]
            x = table[:, others]
            expected = np.linalg.solve(x.T @ x + ridge * np.eye(len(others)), x.T @ table[:, j])
            assert weights[others, j] == pytest.approx(expected, abs=1e-5)
            assert weights[j, j] == 0


@given(st.lists(st.floats(-5, 50), min_size=1, max_size=700), st.randoms(use_true_random=False))
def test_a_signal_is_shared_out_among_those_it_favours_most(values: list[float], random: Any) -> None:
    allowed = np.array([random.random() < 0.8 for _ in values])
    shares = scaled(np.array(values), allowed)
    assert not shares[~allowed].any()
    assert shares.min() >= 0
    best = np.sort(shares)[-SHARING:].sum()
    assert best == pytest.approx(1) if (np.array(values)[allowed] > 0).any() else best == 0


@settings(max_examples=60)
@given(histories, st.sampled_from("bcdefgh"))
def test_another_project_together_never_lowers_the_share_of_past_projects(lists: list[list[str]], other: str) -> None:
    only = PartnerWeights(history={"past": 1.0}, thin=0)
    query = PartnerQuery("q", "a")
    before = {hit.id: hit.score for hit in Suggester(projects_of(lists), weights=only).suggest([query])[0]}
    after = {
        hit.id: hit.score for hit in Suggester(projects_of([*lists, ["a", other]]), weights=only).suggest([query])[0]
    }
    assert after[other] >= before.get(other, 0.0)
    assert all(after[name] <= score for name, score in before.items() if name != other)


def test_in_a_short_history_and_for_a_short_record_activity_counts_more() -> None:
    weights = PartnerWeights(thin=2)
    assert weights.doubt(10_000, 1) == pytest.approx(2.4)
    assert weights.doubt(10_000, 2) == pytest.approx(0.6)
    assert weights.doubt(1_000, 1) == pytest.approx(6)
    assert weights.doubt(0, 0) == weights.doubt(500, 1) == pytest.approx(10)


def test_few_projects_give_answers_with_reasons_too() -> None:
    rng = np.random.default_rng(8)
    lists = [[f"o{i:02}" for i in rng.choice(40, rng.integers(2, 7), replace=False)] for _ in range(50)]
    for new_only in (False, True):
        hits = partners(projects_of(lists), PartnerQuery("q", "o01", new_only=new_only), limit=10)
        assert len(hits) == 10
        assert {reason.code for hit in hits for reason in hit.reasons} >= {"common_partners", "same_circle"}


def test_nothing_is_known_of_a_stranger_and_of_one_who_always_works_alone() -> None:
    projects = [Project("p", ("solo",), 2019), Project("q", ("a", "b"), 2019)]
    assert partners(projects, PartnerQuery("x", "stranger")) == []
    assert partners(projects, PartnerQuery("x", "solo")) == []
    assert partners([], PartnerQuery("x", "a")) == []
    assert partners([], PartnerQuery("x", text="Ferries")) == []


def test_one_project_is_history_enough() -> None:
    hits = partners([Project("p", ("a", "b", "c"), 2019), Project("q", ("c", "d"), 2020)], PartnerQuery("x", "a"))
    assert [hit.id for hit in hits] == ["c", "b", "d"]


def test_members_without_a_name_or_named_twice_and_projects_repeated_do_not_count_again() -> None:
    once = [Project("p", ("a", "b"), 2019), Project("q", (), 2019), Project("r", ("a", "c"), 2019)]
    again = [Project("p", ("zz", "a"), 2000), Project("p", ("a", "b", "b", ""), 2019), *once[1:], once[2]]
    assert partners(once, PartnerQuery("x", "a")) == partners(again, PartnerQuery("x", "a"))


def test_a_huge_consortium_ties_everybody_and_breaks_nothing() -> None:
    many = tuple(f"m{i:04}" for i in range(1_500))
    hits = partners([Project("huge", many, 2019), Project("two", ("m0000", "near"), 2019)], PartnerQuery("x", "near"))
    assert hits[0].id == "m0000"
    assert len(hits) == 20


def test_only_projects_before_the_given_year_count_and_those_without_year_do() -> None:
    projects = [Project("p", ("a", "b"), 2018), Project("q", ("a", "c"), 2019), Project("r", ("a", "d"))]
    assert {hit.id for hit in partners(projects, PartnerQuery("x", "a", before=2019))} == {"b", "d"}


def test_a_text_finds_who_did_the_like() -> None:
    hits = partners(TEXTS, PartnerQuery("x", text="Electric ferry with charging in the harbour"), limit=10)
    assert {hit.id for hit in hits[:3]} == {"port", "lab", "yard"}
    assert hits[0].reasons[0].code == "similar_projects"
    assert hits[0].reasons[0].params["projects"][0] == "sea"


def test_a_coordinator_brings_in_its_partners_and_is_not_suggested() -> None:
    query = PartnerQuery("x", text="Solar cells on glass", coordinator="bank")
    found = {hit.id: hit for hit in partners(TEXTS, query, limit=10)}
    assert "bank" not in found
    assert "past_partner" in {reason.code for reason in found["port"].reasons}
    fresh = PartnerQuery("x", text="Solar cells on glass", coordinator="bank", new_only=True)
    assert "port" not in {hit.id for hit in partners(TEXTS, fresh, limit=10)}


def test_a_coordinator_nobody_knows_leaves_the_text_to_speak() -> None:
    alone = partners(TEXTS, PartnerQuery("x", text="Solar cells on glass"))
    assert partners(TEXTS, PartnerQuery("x", text="Solar cells on glass", coordinator="stranger")) == alone


@pytest.mark.parametrize(
    "text",
    [
     "", " \n\t", "<p><script>x</script></p>", "<b>Ferries</b> &amp; harbours", "מעבורות חשמליות בנמל",
     "ferry " * 8_400, "\x00\ud800", "名" * 50_000],
)  # fmt: skip
def test_any_text_is_taken_as_it_comes(text: str) -> None:
    for hit in partners(TEXTS, PartnerQuery("x", text=text), limit=10):
        assert sum(reason.contribution for reason in hit.reasons) == pytest.approx(hit.score, abs=1e-6)


def test_a_text_that_says_nothing_finds_nobody() -> None:
    assert partners(TEXTS, PartnerQuery("x", text="<p> </p>")) == []


def test_markup_does_not_change_what_a_text_finds() -> None:
    plain = partners(TEXTS, PartnerQuery("x", text="Ferries in harbours"))
    assert plain
    assert partners(TEXTS, PartnerQuery("x", text="<p>Ferries <b>in</b> harbours</p>")) == plain


def test_a_topic_adds_those_who_worked_in_it() -> None:
    projects = [Project("p", ("a", "b"), 2019, topic="SC4|LEIT"), Project("q", ("c", "d"), 2019, topic="SC4")]
    hits = partners(projects, PartnerQuery("x", "a"))
    assert [hit.id for hit in hits] == ["b", "c", "d"]
    assert hits[1].reasons[-1].params.get("topics", hits[1].reasons[0].params.get("topics")) == ["SC4"]
    assert topics_of("HORIZON-CL5-2023-D3 | SC4") == ("HORIZON-CL5-2023-D3", "HORIZON-CL5", "SC4")


def test_a_question_is_about_an_organisation_or_a_text() -> None:
    for fields in ({}, {"organisation": "a", "text": "b"}, {"organisation": "a", "coordinator": "b"}):
        with pytest.raises(ValueError, match="Partner query x"):
            PartnerQuery("x", **fields)


def test_weights_are_checked_and_can_silence_a_signal() -> None:
    with pytest.raises(ValueError, match="none may be negative"):
        PartnerWeights(history={"past": -1.0})
    with pytest.raises(ValueError, match="thin"):
        PartnerWeights(thin=-1)
    only = PartnerWeights(history={"past": 1.0}, thin=0)
    hits = Suggester(TEXTS, weights=only).suggest([PartnerQuery("x", "port")])[0]
    assert {reason.code for hit in hits for reason in hit.reasons} == {"past_partner"}
    with pytest.raises(ValueError, match="at least one partner"):
        Suggester(TEXTS).suggest([PartnerQuery("x", "port")], limit=0)


def test_answers_do_not_depend_on_which_questions_are_asked_together() -> None:
    queries = [PartnerQuery(o, o) for o in ("port", "lab", "farm")] + [PartnerQuery("t", text="Ferries")]
    together = Suggester(TEXTS).suggest(queries)
    assert together == [Suggester(TEXTS).suggest([query])[0] for query in queries]
