"""Cases by state on a board; a card moves by a form."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.brokerage.models import Case

pytestmark = pytest.mark.django_db


def columns(person, **how):
    from hansa.brokerage.casework import queries

    return {column.state: column for column in queries.board(person, **how)}


def sign_in(client, person):
    client.force_login(person.user)
    return client


def test_the_board_counts_each_state_for_both_sides_and_for_nobody_else(desk):
    case = desk.case()
    for person in (desk.broker, desk.abroad):
        found = columns(person)
        assert [found[state].count for state in ("proposed", "introduced")] == [1, 0]
        assert [card.pk for card in found["proposed"].cards] == [case.pk]
    lead = desk.cast.people["lead_partner"]
    assert columns(lead)["proposed"].count == 0
    assert columns(lead, everybody=True)["proposed"].count == 1


def test_a_column_shows_those_due_first_and_counts_all(desk, monkeypatch):
    from hansa.brokerage.casework import queries

    monkeypatch.setattr(queries, "SHOWN", 1)
    first, later = desk.case(), desk.case()
    Case.objects.filter(pk=first.pk).update(next_due="2030-02-01")
    Case.objects.filter(pk=later.pk).update(next_due="2030-01-01")
    column = columns(desk.broker)["proposed"]
    assert column.count == 2
    assert [card.pk for card in column.cards] == [later.pk]


def test_more_cases_need_no_more_queries(desk):
    from hansa.brokerage.casework import queries

    def asked() -> int:
        person = type(desk.broker).objects.get(pk=desk.broker.pk)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            for column in queries.board(person):
                for card in column.cards:
                    assert card.agency.name
        return len(seen)

    desk.case()
    few = asked()
    desk.case()
    desk.case()
    assert asked() == few


def test_a_card_moves_one_step_and_not_past_somebody_else(desk, client):
    case = desk.case()
    Case.objects.filter(pk=case.pk).update(state="introduced")
    sign_in(client, desk.broker)
    assert 'value="in_talks"' in client.get(reverse("brokerage:board")).content.decode()
    where = reverse("brokerage:move_card", args=[case.reference])
    client.post(where, {"to_state": "in_talks", "expected": "introduced"})
    assert Case.objects.get(pk=case.pk).state == "in_talks"
    client.post(where, {"to_state": "agreement", "expected": "introduced"})
    assert Case.objects.get(pk=case.pk).state == "in_talks"


def test_an_unanswered_proposal_has_no_move(desk):
    desk.case()
    found = columns(desk.broker)
    assert found["proposed"].moves == []
    assert [to for to, _label in found["introduced"].moves] == ["in_talks"]


def test_who_is_on_neither_side_moves_nothing(desk, client):
    case = desk.case()
    Case.objects.filter(pk=case.pk).update(state="introduced")
    sign_in(client, desk.cast.people["lead_partner"])
    answer = client.post(reverse("brokerage:move_card", args=[case.reference]), {"to_state": "in_talks"})
    assert answer.status_code == 403
    assert Case.objects.get(pk=case.pk).state == "introduced"
