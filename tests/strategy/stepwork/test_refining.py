"""Step 3: ratings in rounds, blind first, with their spread; nothing said is nothing counted."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.strategy.actions import move
from hansa.strategy.models import PriorityMove, RatingRound, Step, StepResult, Trend, TrendRating
from hansa.strategy.parts import parts
from hansa.strategy.stepwork.actions import (
    Given,
    add_trend,
    close_round,
    edit_trend,
    open_round,
    rate,
    restore_trend,
    withdraw_trend,
)
from hansa.strategy.stepwork.refining import own_view, refine, spread


def said(trends, *ratings):
    return {trend.pk: Given(rating) for trend, rating in zip(trends, ratings, strict=True)}


@pytest.fixture
def first(run, analyst, trends):
    return open_round(analyst, run, reason="the trends are collected")


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=9))
def test_the_spread_is_median_extremes_and_interquartile_range(ratings):
    found = spread(ratings)
    low, middle, high = np.percentile(ratings, [25, 50, 75])
    assert (found.count, found.median, found.interquartile_range) == (len(ratings), middle, high - low)
    assert (found.lowest, found.highest) == (min(ratings), max(ratings))


def test_no_rating_is_no_spread():
    assert spread([]) is None


def test_resilience_is_the_mean_over_rated_trends_of_the_median(first, priority, analyst, broker, cast, trends):
    rate(analyst, first, priority, said(trends, 2, -1, None))
    rate(broker, first, priority, said(trends, 1, -2, None))
    rate(cast.people[Role.COORDINATOR], first, priority, said(trends, 2, 2, None))
    close_round(analyst, first, reason="all have rated")
    found = refine([priority])[priority.pk]
    assert found.resilience == pytest.approx((2 + -1) / 2)
    assert (found.assessors, found.rated, len(found.trends)) == (3, 2, 3)
    wide = next(each for each in found.trends if each.trend == trends[1])
    assert (wide.spread.lowest, wide.spread.highest, wide.disagree) == (-2, 2, True)
    unrated = next(each for each in found.trends if each.trend == trends[2])
    assert unrated.spread is None and not unrated.disagree


def test_the_first_round_is_blind_and_the_second_shows_the_group(first, priority, run, analyst, broker, trends):
    rate(analyst, first, priority, said(trends, 2, 2, 2))
    assert refine([priority])[priority.pk].resilience is None
    assert {own.group for own in own_view(first, priority, broker)} == {None}
    assert {own.now for own in own_view(first, priority, broker)} == {None}
    rate(broker, first, priority, said(trends, -2, 2, None))
    close_round(analyst, first, reason="all have rated")
    second = open_round(analyst, run, reason="they disagree")
    views = {own.trend.pk: own for own in own_view(second, priority, broker)}
    assert views[trends[0].pk].before.rating == -2
    group = views[trends[0].pk].group
    assert (group.median, group.lowest, group.highest, group.count) == (0, -2, 2, 2)
    assert views[trends[2].pk].group.count == 1 and views[trends[2].pk].before is None


def test_who_says_nothing_in_a_later_round_keeps_what_was_said(first, priority, run, analyst, broker, trends):
    rate(analyst, first, priority, said(trends, 2, 0, 0))
    rate(broker, first, priority, said(trends, -2, 0, 0))
    close_round(analyst, first, reason="all have rated")
    second = open_round(analyst, run, reason="they disagree")
    rate(broker, second, priority, {trends[0].pk: Given(1)})
    assert refine([priority])[priority.pk].trends  # an open round changes nothing yet
    close_round(analyst, second, reason="enough")
    found = next(each for each in refine([priority])[priority.pk].trends if each.trend == trends[0])
    assert (found.spread.lowest, found.spread.highest, found.spread.count) == (1, 2, 2)


def test_a_rating_can_be_changed_and_taken_back_while_the_round_is_open(first, priority, analyst, broker, trends):
    assert rate(broker, first, priority, said(trends, 1, 1, 1)) == 3
    assert rate(broker, first, priority, said(trends, -1, None, 1)) == 2
    assert list(TrendRating.objects.order_by("trend").values_list("rating", flat=True)) == [-1, 1]
    rate(analyst, first, priority, said(trends, 0, 0, 0))
    close_round(analyst, first, reason="all have rated")
    with pytest.raises(Refused, match="closed meanwhile"):
        rate(broker, first, priority, said(trends, 2, 2, 2))


def test_a_zero_is_a_rating(first, priority, analyst, broker, trends):
    for person in (analyst, broker):
        rate(person, first, priority, said(trends, 0, None, None))
    close_round(analyst, first, reason="all have rated")
    found = refine([priority])[priority.pk]
    assert (found.resilience, found.rated) == (0, 1)


@pytest.mark.parametrize("rating", [-3, 3])
def test_a_rating_outside_the_scale_is_refused_twice(first, priority, broker, trends, rating):
    with pytest.raises(Refused, match="whole number"):
        rate(broker, first, priority, said(trends, rating, None, None))
    with pytest.raises(IntegrityError), transaction.atomic():
        TrendRating.objects.create(round=first, priority=priority, trend=trends[0], assessor=broker, rating=rating)


def test_a_round_needs_two_assessors_and_a_run_has_one_round_open(first, priority, run, analyst, broker, trends):
    with pytest.raises(Refused, match="open already"):
        open_round(analyst, run, reason="another")
    rate(broker, first, priority, said(trends, 1, 1, 1))
    with pytest.raises(Refused, match="at least 2"):
        close_round(analyst, first, reason="enough")
    with pytest.raises(Refused, match="Say why"):
        close_round(analyst, first, reason=" ")


def test_the_audit_says_who_rated_and_never_what(first, priority, broker, trends):
    rate(broker, first, priority, said(trends, 2, -2, 1))
    told = AuditNote.objects.get(verb="rate_trends")
    assert told.person == broker and told.detail == {"round": 1}


def test_a_withdrawn_trend_counts_no_longer_until_it_is_restored(first, priority, analyst, broker, trends):
    for person in (analyst, broker):
        rate(person, first, priority, said(trends, 2, -2, None))
    close_round(analyst, first, reason="all have rated")
    withdraw_trend(analyst, trends[1], reason="the report was withdrawn")
    assert refine([priority])[priority.pk].resilience == 2
    restore_trend(analyst, trends[1], reason="it stands after all")
    assert refine([priority])[priority.pk].resilience == 0


def test_refining_keeps_the_spread_and_no_name(first, priority, analyst, broker, trends):
    for person, rating in ((analyst, 2), (broker, 1)):
        rate(person, first, priority, said(trends, rating, rating, rating))
    close_round(analyst, first, reason="all have rated")
    move(analyst, priority, PriorityMove.Verb.VERIFY, reason="the figures carry it")
    moved = move(analyst, priority, PriorityMove.Verb.REFINE, reason="it stands up to the trends")
    kept = StepResult.objects.get(priority=moved, step=Step.REFINE)
    assert (kept.data["resilience"], kept.data["assessors"], kept.open_points) == (1.5, 2, [])
    assert kept.parameters == {"min_assessors": 2, "disagreement_from": 1.0}
    assert analyst.name not in str(kept.data) and broker.name not in str(kept.data)
    assert parts.findings[Step.REFINE](moved).data == kept.data


def test_what_stands_against_refining_is_said(run, priority, analyst, broker, trends):
    def against():
        return [str(o.sentence) for o in parts.obstacles_of([priority])[priority.pk] if o.step == Step.REFINE]

    assert against() == ["Ratings of 0 assessors count; at least 2 are needed."]
    held = open_round(analyst, run, reason="the trends are collected")
    assert against() == ["Round 1 of the ratings is still open."]
    for person in (analyst, broker):
        rate(person, held, priority, said(trends, 1, 1, None))
    close_round(analyst, held, reason="all have rated")
    assert against() == ["1 trend has not been rated for it."]
    Trend.objects.update(withdrawn_at="2026-01-01T00:00:00Z")
    assert against() == ["The register of trends is empty."]


def test_a_trend_needs_title_and_source_and_a_change_its_reason(analyst, db):
    with pytest.raises(Refused, match="title"):
        add_trend(analyst, kind="market", title=" ", source="A report")
    with pytest.raises(Refused, match="source"):
        add_trend(analyst, kind="market", title="Dearer energy", source="")
    made = add_trend(analyst, kind="market", title="Dearer energy", source="A report", titles={"pl": "Droższa energia"})
    with pytest.raises(Refused, match="Say why"):
        edit_trend(analyst, made, reason="", title="Cheaper energy", source="A report")
    edit_trend(analyst, made, reason="a newer report", title="Cheaper energy", source="A report")
    assert AuditNote.objects.get(verb="edit_trend").detail == {"before": {"title": "Dearer energy"}}


def test_a_reader_does_not_rate(first, priority, cast, trends):
    with pytest.raises(Forbidden):
        rate(cast.people[Role.READER], first, priority, said(trends, 1, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_leave_one_rating(run, priority, analyst, broker, trends):
    held = open_round(analyst, run, reason="the trends are collected")
    faults = []

    def click():
        try:
            rate(broker, RatingRound.objects.get(pk=held.pk), priority, said(trends, 1, 2, -1))
        except Exception as fault:  # noqa: BLE001 - told below
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert TrendRating.objects.filter(round=held).count() == 3
