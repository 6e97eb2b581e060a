"""Answers: one voice each, the last one counts until the round closes, and nothing is taken that cannot be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hansa.network.faults import Refused
from hansa.strategy.consultations import actions
from hansa.strategy.consultations.actions import Said
from hansa.strategy.models import Answer, Consultation, Invitation, Round

pytestmark = pytest.mark.django_db


def items_of(asked):
    return list(asked.items.order_by("position"))


def test_the_last_answer_replaces_the_whole_one_before(opened):
    _held, asked, (token,) = opened()
    first, second, *_rest = items_of(asked)
    actions.answer(token, asked, {first.pk: Said(1, "good"), second.pk: Said(-1)})
    actions.answer(token, asked, {first.pk: Said(0)})
    assert list(Answer.objects.values_list("item", "value", "text")) == [(first.pk, 0, "")]


def test_a_link_speaks_for_its_own_invitation_alone(opened):
    _held, asked, (mine, other) = opened(business=2)
    item = items_of(asked)[0]
    actions.answer(mine, asked, {item.pk: Said(1)})
    actions.answer(other, asked, {item.pk: Said(-1)})
    assert sorted(Answer.objects.values_list("value", flat=True)) == [-1, 1]


def test_a_link_opens_no_other_consultation(opened, run, analyst, ask, invite):
    _held, asked, (token,) = opened()
    second = actions.create_consultation(
        analyst, run, title="Another", deadline=timezone.now() + timedelta(days=1), reason="x"
    )
    other = ask(second)
    invite(second)
    actions.open_consultation(analyst, second, reason="x", address="https://hansa.example/")
    with pytest.raises(Invitation.DoesNotExist):
        actions.answer(token, Round.objects.get(pk=other.pk), {items_of(other)[0].pk: Said(1)})
    with pytest.raises(Refused):
        actions.answer(token, asked, {items_of(other)[0].pk: Said(1)})
    assert not Answer.objects.exists()


@pytest.mark.parametrize("token", ["", "nothing", "x" * 5000, "ż"])
def test_an_unknown_link_opens_nothing(opened, token):
    _held, asked, _tokens = opened()
    with pytest.raises(Invitation.DoesNotExist):
        actions.answer(token, asked, {items_of(asked)[0].pk: Said(1)})


@pytest.mark.parametrize("kind, value", [("vote", 2), ("vote", -2), ("delphi", 0), ("delphi", 10), ("budget", 101)])
def test_a_value_out_of_scale_is_refused(opened, kind, value):
    _held, asked, (token,) = opened(kind)
    with pytest.raises(Refused):
        actions.answer(token, asked, {items_of(asked)[0].pk: Said(value)})
    assert not Answer.objects.exists()


def test_an_empty_answer_is_refused_and_leaves_what_was_there(opened):
    _held, asked, (token,) = opened()
    item = items_of(asked)[0]
    actions.answer(token, asked, {item.pk: Said(1)})
    with pytest.raises(Refused):
        actions.answer(token, asked, {item.pk: Said(None, "  ")})
    assert Answer.objects.get().value == 1


@given(points=st.lists(st.integers(0, 100), min_size=2, max_size=30))
def test_a_budget_is_taken_when_it_sums_to_a_hundred_and_only_then(points):
    from hansa.strategy.consultations.actions.answering import checked_for

    said = {key: Said(n) for key, n in enumerate(points)}
    for given_points in (said, {**said, 0: Said(max(0, 100 - sum(points[1:])))}):
        if sum(each.value for each in given_points.values()) == 100:
            assert checked_for("budget", list(said), given_points) == given_points
        else:
            with pytest.raises(Refused):
                checked_for("budget", list(said), given_points)


def test_an_item_without_points_got_none_when_a_budget_is_shared_out(opened):
    _held, asked, (token,) = opened("budget")
    first, *rest = items_of(asked)
    actions.answer(token, asked, {first.pk: Said(100)})
    assert dict(Answer.objects.values_list("item", "value")) == {first.pk: 100} | {each.pk: 0 for each in rest}


def test_words_answer_an_open_question(opened):
    _held, asked, (token,) = opened("open")
    actions.answer(token, asked, {None: Said(text="More wood.\n\nLess paper.")})
    assert Answer.objects.get().text == "More wood.\n\nLess paper."


def test_nothing_is_taken_after_the_deadline_before_the_beginning_or_when_closed(opened, analyst):
    held, asked, (token,) = opened()
    said = {items_of(asked)[0].pk: Said(1)}
    now = timezone.now()
    for opens_at, deadline in ((now - timedelta(days=2), now), (now + timedelta(hours=1), now + timedelta(days=1))):
        Consultation.objects.filter(pk=held.pk).update(opens_at=opens_at, deadline=deadline)
        with pytest.raises(Refused):
            actions.answer(token, asked, said)
    Consultation.objects.filter(pk=held.pk).update(opens_at=now, deadline=now + timedelta(days=1))
    actions.close_round(analyst, asked, reason="enough")
    with pytest.raises(Refused):
        actions.answer(token, asked, said)
    assert not Answer.objects.exists()


def test_a_withdrawn_or_renewed_link_opens_nothing(opened, analyst):
    _held, asked, (first, second) = opened(business=2)
    one, two = Invitation.objects.order_by("pk")
    actions.withdraw_invitation(analyst, one, reason="left")
    fresh = actions.renew_link(analyst, two, reason="lost").token
    said = {items_of(asked)[0].pk: Said(1)}
    for token in (first, second):
        with pytest.raises(Invitation.DoesNotExist):
            actions.answer(token, asked, said)
    actions.answer(fresh, asked, said)
    assert Answer.objects.get().invitation == two


SUBMISSIONS = 200
AT_ONCE = 16


@pytest.mark.django_db(transaction=True)
def test_two_hundred_submissions_of_one_link_leave_one_answer(opened):
    _held, asked, (token,) = opened()
    items = items_of(asked)[:2]
    barrier = Barrier(AT_ONCE)

    def submit(n):
        try:
            if n < AT_ONCE:
                barrier.wait(timeout=60)
            actions.answer(token, asked, {item.pk: Said(n % 3 - 1, f"submission {n}") for item in items})
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(submit, range(SUBMISSIONS)))
    kept = Answer.objects.filter(round=asked)
    assert kept.count() == len(items)
    assert len(set(kept.values_list("text", flat=True))) == 1


@pytest.mark.django_db(transaction=True)
def test_no_answer_comes_in_once_the_round_has_closed(opened, analyst):
    _held, asked, tokens = opened(business=AT_ONCE)
    item = items_of(asked)[0]
    barrier = Barrier(AT_ONCE + 1)

    def submit(token):
        try:
            barrier.wait(timeout=60)
            actions.answer(token, asked, {item.pk: Said(1)})
        except Refused:
            return 0
        else:
            return 1
        finally:
            connection.close()

    def close():
        try:
            barrier.wait(timeout=60)
            return actions.close_round(analyst, asked, reason="over").result["answered"]
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        closing = pool.submit(close)
        taken = sum(pool.map(submit, tokens))
    # whoever was told that the answer is recorded is in the result, and nobody else is
    assert closing.result() == taken == Answer.objects.count()
