"""A review: what newer figures no longer support is proposed, and a person decides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Role
from hansa.strategy.models import Indicator, IndicatorValue, Milestone, Priority, Review, ReviewItem
from hansa.strategy.parts import parts
from hansa.strategy.plan import actions, reviewing
from hansa.strategy.plan.registering import today
from hansa.strategy.plan.reviewing import Cell, carried, proposed

Verdict, State = ReviewItem.Verdict, Priority.State


def opened(analyst, run):
    planned = actions.plan_review(analyst, run, planned_for=timezone.localdate())
    return actions.open_review(analyst, planned)


def test_a_review_of_unchanged_evidence_says_so_and_proposes_to_keep(run, final, analyst):
    review = opened(analyst, run)
    assert review.evidence_same is True
    items = list(review.items.all())
    assert items[0].priority == final, "the final ones come first"
    assert {i.priority_id for i in items} == set(run.priorities.values_list("pk", flat=True))
    assert {i.proposal for i in items} == {Verdict.KEEP}
    for item in items:
        assert item.found["strength_then"] == item.found["strength_now"] == pytest.approx(item.priority.score)
        held = {(c["region"], c["domain"]) for c in item.found["cells"] if c["then"]}
        assert held == set(item.priority.figures.filter(role="holds").values_list("region__code", "domain"))


def test_figures_that_carry_nothing_any_more_propose_to_reopen_and_the_decision_returns_it(
    run, final, analyst, load_again, figures
):
    load_again({(region, domain): 1.0 for region in figures.regions for domain in final.domains})
    review = opened(analyst, run)
    assert review.evidence_same is False and review.year == 2019
    item = review.items.get(priority=final)
    assert item.proposal == Verdict.REOPEN
    assert {r["code"] for r in item.reasons} >= {"domain_lost", "region_lost"}
    with pytest.raises(Refused, match="Say why"):
        actions.decide(analyst, item, decision=Verdict.REOPEN, reason=" ")
    actions.decide(analyst, item, decision=Verdict.REOPEN, reason="two regions lost it")
    final.refresh_from_db()
    assert (final.state, final.reopened) == (State.RETURNED, "verify")
    assert final.moves.first().reason == "two regions lost it"
    shown = parts.panels["plan"](final, analyst).context["reviewed"]
    assert (shown, shown.decision) == (item, Verdict.REOPEN)
    with pytest.raises(Refused, match="own page"):
        actions.decide(analyst, item, decision=Verdict.KEEP, reason="after all")


def test_a_person_may_decide_otherwise_than_proposed(run, final, analyst, load_again, figures):
    load_again({(region, domain): 1.0 for region in figures.regions for domain in final.domains})
    item = opened(analyst, run).items.get(priority=final)
    actions.decide(analyst, item, decision=Verdict.KEEP, reason="a plant is being built")
    final.refresh_from_db()
    item.refresh_from_db()
    assert (final.state, item.decision, item.decided_by) == (State.FINAL, Verdict.KEEP, analyst)


def test_a_priority_that_passed_no_step_cannot_be_reopened_and_stays_undecided(run, priority, analyst):
    item = opened(analyst, run).items.get(priority=priority)
    with pytest.raises(Refused):
        actions.decide(analyst, item, decision=Verdict.REOPEN, reason="the figures fell")
    item.refresh_from_db()
    priority.refresh_from_db()
    assert (item.decision, priority.state) == ("", State.INITIAL)


def test_an_unknown_figure_is_no_loss(run, final, analyst, load_again, figures):
    load_again({(region, domain): None for region in figures.regions for domain in final.domains})
    item = opened(analyst, run).items.get(priority=final)
    assert item.proposal == Verdict.LOOK
    assert {c["now"] for c in item.found["cells"]} == {None}
    assert {r["code"] for r in item.reasons} <= {"domain_unknown", "region_unknown"}


def test_a_region_without_figures_is_unknown_and_not_a_failure(run, final, analyst, load_again, figures):
    gone = "LT00"
    load_again({(gone, domain): None for domain in figures.domains})
    item = opened(analyst, run).items.get(priority=final)
    assert {c["now"] for c in item.found["cells"] if c["region"] == gone} == {None}
    assert {c["now"] for c in item.found["cells"] if c["region"] != gone} <= {True, False}


def test_alerts_and_overdue_milestones_ask_for_a_second_look(run, final, action, analyst):
    day = timezone.localdate()
    actions.keep(analyst, Milestone(action=action), {"title": "Line stands", "due": day - timedelta(days=3)})
    watched = actions.keep(
        analyst,
        Indicator(priority=final),
        {
            "name": "Firms",
            "unit": "firms",
            "baseline": Decimal(0),
            "baseline_year": day.year - 2,
            "baseline_source": "register",
            "target": Decimal(10),
            "target_year": day.year + 1,
            "target_source": "plan",
        },
    )
    actions.keep(analyst, IndicatorValue(indicator=watched), {"on": day, "value": Decimal(0), "note": "list"})
    item = opened(analyst, run).items.get(priority=final)
    assert item.proposal == Verdict.LOOK
    assert {r["code"] for r in item.reasons} == {"indicator", "milestone"}


def test_a_run_without_kept_evidence_is_compared_with_what_its_priorities_kept(run, final, analyst):
    run.evidence = None
    run.save()
    item = opened(analyst, run).items.get(priority=final)
    assert item.found["strength_then"] == final.score
    held = {(c["region"], c["domain"]) for c in item.found["cells"] if c["then"]}
    assert held == set(final.figures.filter(role="holds").values_list("region__code", "domain"))


def test_a_review_closes_with_minutes_when_all_is_decided_and_plans_the_next(run, final, analyst):
    review = opened(analyst, run)
    with pytest.raises(Refused, match="undecided"):
        actions.close_review(analyst, review, minutes="We met.")
    for item in review.items.all():
        actions.decide(analyst, item, decision=Verdict.KEEP, reason="as before")
    with pytest.raises(Refused, match="minutes"):
        actions.close_review(analyst, review, minutes=" ")
    with pytest.raises(Refused, match="day to come"):
        actions.close_review(analyst, review, minutes="We met.", next_on=timezone.localdate())
    later = timezone.localdate() + timedelta(days=365)
    actions.close_review(analyst, review, minutes="We met.", next_on=later)
    following = Review.objects.get(run=run, opened_at=None)
    assert following.planned_for == later
    with pytest.raises(Refused, match="not open"):
        actions.decide(analyst, review.items.first(), decision=Verdict.LOOK, reason="late")
    with pytest.raises(Refused, match="planned or open"):
        actions.plan_review(analyst, run, planned_for=later)


def test_a_due_review_waits_on_today_and_others_cannot_open_it(run, priority, analyst, cast):
    review = actions.plan_review(analyst, run, planned_for=timezone.localdate())
    assert any(item.urgent and item.url == review.get_absolute_url() for item in today(analyst))
    assert not list(today(cast.people[Role.BROKER]))
    with pytest.raises(Forbidden):
        actions.open_review(cast.people[Role.BROKER], review)
    actions.open_review(analyst, review)
    with pytest.raises(Refused, match="opened already"):
        actions.open_review(analyst, review)


# The rule

cells = st.builds(
    Cell, st.sampled_from([True, False, None]), st.sampled_from([True, False, None]), st.none(), st.none()
)
tri = st.sampled_from([True, False, None])


@given(st.sampled_from(["shared", "complementary"]), st.lists(cells, max_size=8), st.integers(2, 5))
def test_what_is_unknown_never_decides(kind, found, least):
    """Whatever the unknown cells turn out to be, a certain answer stays."""
    answer = carried(kind, found, least)
    if answer is not None:
        for value in (True, False):
            filled = [Cell(value if c.held is None else c.held, c.near or False, None, None) for c in found]
            if kind == "shared" or all(c.held is not None and c.near is not None for c in found):
                assert carried(kind, filled, least) == answer


@given(
    st.lists(st.tuples(tri, tri), max_size=5),
    st.lists(st.tuples(tri, tri), max_size=5),
    st.none() | st.floats(0, 5),
    st.none() | st.floats(0, 5),
    st.booleans(),
)
def test_the_proposal_follows_the_stated_rule(domains, regions, then, now, alert):
    found = {
        "domains": [
            {"domain": str(n), "then": a, "now": b, "held_then": 2, "held_now": 1, "unknown_now": 0}
            for n, (a, b) in enumerate(domains)
        ],
        "cells": [{"domain": "0", "region": "R", "then": a, "now": b} for a, b in regions],
        "strength_then": then,
        "strength_now": now,
        "indicators": ["x"] if alert else [],
        "milestones": [],
    }
    verdict, reasons = proposed(found, strength_fall=0.25)
    lost_all = any(a is True for a, _ in domains) and all(b is False for _, b in domains)
    assert (verdict == Verdict.REOPEN) == lost_all
    weaker = bool(then) and now is not None and now <= then * 0.75
    troubled = alert or weaker or any(a is True and b is not True for a, b in [*domains, *regions])
    assert (verdict == Verdict.KEEP) == (not troubled)
    assert reasons and all(reviewing.proposed(found, strength_fall=0.25)[1][n] == r for n, r in enumerate(reasons))
