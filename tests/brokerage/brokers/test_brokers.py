"""Brokers stand in for one another, and give clients over without losing anything of them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage import thread
from hansa.brokerage.brokers import actions, queries
from hansa.brokerage.diagnosis.actions import Marks, answer_diagnosis, begin_diagnosis
from hansa.brokerage.models import (
    Absence,
    Case,
    Client,
    ClientContact,
    Diagnosis,
    DiagnosisAnswer,
    Handover,
    Request,
    RequestPrivate,
)
from hansa.network.faults import Forbidden, Refused
from hansa.network.middleware import see_as
from hansa.network.models import Membership, Notice, Person
from hansa.network.permissions import may

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
WEEK = timedelta(days=7)


def afresh(person):
    """As the next request would find them: memberships are kept on the person for one request."""
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def plan(desk):
    def make(by=desk.broker, **changes):
        told = {
            "agency": desk.cast.agencies["PL84"],
            "broker": desk.broker,
            "cover": desk.abroad,
            "since": TODAY(),
            "until": TODAY() + WEEK,
        } | changes
        return actions.plan_absence(by, **told)

    return make


@contextmanager
def acting(desk, *regions):
    with see_as(",".join(f"{desk.cast.agencies[r].pk}" for r in regions)):
        yield


def test_who_stands_in_acts_for_the_agency_on_these_days_and_no_longer(desk, plan):
    one = desk.client()
    assert not may(afresh(desk.abroad), "brokerage.view_client", one)
    absence = plan()
    assert may(afresh(desk.abroad), "brokerage.view_client", one)
    assert absence.membership.until == absence.until + timedelta(days=1)
    assert Notice.objects.get(person=desk.abroad).kind == "brokerage.stands_in"
    assert any("stand in" in item.title for item in thread.today(afresh(desk.abroad)))
    actions.end_absence(afresh(desk.abroad), absence)
    assert not may(afresh(desk.abroad), "brokerage.view_client", one)
    with pytest.raises(Refused):
        actions.end_absence(afresh(desk.broker), absence)


def test_an_absence_of_next_week_gives_nothing_today_and_can_be_called_off(desk, plan):
    one = desk.client()
    absence = plan(since=TODAY() + WEEK, until=TODAY() + 2 * WEEK)
    assert not may(afresh(desk.abroad), "brokerage.view_client", one)
    actions.end_absence(desk.broker, absence)
    held = Membership.objects.get(pk=absence.membership_id)
    assert held.until == held.since


@pytest.mark.parametrize("fault", ["backwards", "past", "self", "no broker", "no broker stands in", "twice"])
def test_an_absence_that_makes_no_sense_is_refused(desk, plan, fault):
    changes = {
        "backwards": {"until": TODAY() - timedelta(days=1)},
        "past": {"since": TODAY() - 2 * WEEK, "until": TODAY() - WEEK},
        "self": {"cover": desk.broker},
        "no broker": {"broker": desk.abroad, "cover": desk.broker},
        "no broker stands in": {"cover": desk.cast.people["reader"]},
        "twice": {},
    }[fault]
    if fault == "twice":
        plan()
    before = Absence.objects.count()
    with pytest.raises(Refused):
        plan(**changes)
    assert Absence.objects.count() == before


def test_a_stranger_plans_no_absence(desk, plan):
    with pytest.raises(Forbidden):
        plan(by=desk.cast.people["analyst"])


@pytest.fixture
def given(desk):
    """A client with a diagnosis, a request and a case, and the question whether Lithuania takes it over."""
    one = desk.client()
    diagnosis = begin_diagnosis(desk.broker, one)
    answer_diagnosis(desk.broker, diagnosis, answers={"people": Marks(state=1)})
    match = desk.match()
    RequestPrivate.objects.filter(pk=match.request_id).update(client=one)
    case = desk.case(match)
    asked = actions.hand_over_client(
        desk.broker, one, to_agency=desk.cast.agencies["LT00"], to_broker=lithuanian(desk), reason="It moves north."
    )
    return one, match.request, case, asked


def lithuanian(desk):
    held = desk.cast.people["coordinator"]
    agency = desk.cast.agencies["LT00"]
    Membership.objects.get_or_create(person=held, organisation=agency, role="broker", since=TODAY())
    return afresh(held)


def test_a_client_goes_to_another_agency_with_all_that_belongs_to_it(desk, given, application_role):
    one, request, case, asked = given
    with acting(desk, "LT00"):
        assert not Client.objects.filter(pk=one.pk).exists()
        actions.answer_handover(lithuanian(desk), asked, accept=True)
        agency = desk.cast.agencies["LT00"].pk
        assert Client.objects.get(pk=one.pk).agency_id == agency
        assert {c.agency_id for c in ClientContact.objects.filter(client=one)} == {agency}
        assert RequestPrivate.objects.get(pk=request.pk).agency_id == agency
        assert DiagnosisAnswer.objects.get(client=one).agency_id == agency
        assert Diagnosis.objects.get(client=one).agency_id == agency
    assert Request.objects.get(pk=request.pk).agency_id == agency
    assert Case.objects.get(pk=case.pk).broker == lithuanian(desk)
    with acting(desk, "PL84"):
        assert not Client.objects.filter(pk=one.pk).exists()
        assert not RequestPrivate.objects.filter(pk=request.pk).exists()


def test_a_handover_is_answered_once_by_the_agency_that_is_asked(desk, given):
    one, _request, _case, asked = given
    with pytest.raises(Forbidden):
        actions.answer_handover(desk.abroad, asked, accept=True)
    with pytest.raises(Refused):
        actions.hand_over_client(
            desk.broker, one, to_agency=desk.cast.agencies["FI1C"], to_broker=desk.abroad, reason="Again."
        )
    actions.answer_handover(lithuanian(desk), asked, accept=False, answer="No time.")
    assert Client.objects.get(pk=one.pk).agency_id == desk.cast.agencies["PL84"].pk
    with pytest.raises(Refused):
        actions.answer_handover(lithuanian(desk), asked, accept=True)
    with pytest.raises(Refused):
        actions.take_back_handover(desk.broker, asked)


def test_within_the_agency_a_client_changes_hands_at_once(desk):
    one = desk.client()
    colleague = desk.cast.people["analyst"]
    Membership.objects.create(person=colleague, organisation=one.agency, role="broker", since=TODAY())
    made = actions.hand_over_client(
        desk.broker, one, to_agency=one.agency, to_broker=afresh(colleague), reason="Leave."
    )
    assert made.state == Handover.State.DONE
    assert Client.objects.get(pk=one.pk).broker == colleague
    with pytest.raises(Refused):
        actions.hand_over_client(
            afresh(desk.broker), one, to_agency=one.agency, to_broker=afresh(colleague), reason="Again."
        )


def test_who_is_neither_giver_nor_taker_sees_no_handover(desk, given, application_role):
    with acting(desk, "FI1C"):
        assert not Handover.objects.exists()
    with acting(desk, "PL84"):
        assert Handover.objects.count() == 1


def test_the_pages_of_the_network(client, desk, given, plan):
    one, _request, _case, asked = given
    page = client.get(reverse("brokerage:brokers"))
    assert page.status_code == 200 and desk.broker.email not in page.content.decode()
    client.force_login(desk.broker.user)
    page = client.get(reverse("brokerage:brokers"), {"q": "Podlaskie"})
    assert desk.broker.email in page.content.decode()
    listed = client.get(reverse("brokerage:brokers"), {"format": "csv", "sort": "-requests"})
    assert "Agency of Podlaskie" in b"".join(listed.streaming_content).decode()
    seats = {m.person_id: m.pk for m in Membership.objects.filter(role="broker")}
    away = {"seat": seats[desk.broker.pk], "cover": seats[desk.abroad.pk], "since": f"{TODAY()}"}
    wrong = client.post(reverse("brokerage:plan_absence"), away | {"until": "2020-01-01", "remark": "Holidays"})
    assert wrong.status_code == 400 and "Holidays" in wrong.content.decode()
    done = client.post(reverse("brokerage:plan_absence"), away | {"until": f"{TODAY() + WEEK}"}, follow=True)
    assert "stands in" in done.content.decode()
    absence = Absence.objects.get()
    client.post(reverse("brokerage:end_absence", args=[absence.pk]))
    assert Absence.objects.get().is_over
    shown = client.get(one.get_absolute_url()).content.decode()
    assert "Hand over to another broker" in shown
    assert client.get(reverse("brokerage:hand_over_client", args=[one.reference])).status_code == 200
    assert one.name in client.get(reverse("brokerage:handovers")).content.decode()
    client.force_login(lithuanian(desk).user)
    told = client.get(reverse("brokerage:handovers")).content.decode()
    assert one.name not in told and "It moves north." in told
    client.post(reverse("brokerage:answer_handover", args=[asked.pk]), {"accept": "yes"})
    assert one.name in client.get(reverse("brokerage:handovers")).content.decode()
    assert queries.asked({desk.cast.agencies["LT00"].pk}).count() == 0


def test_the_directory_costs_the_same_with_four_agencies_and_with_twenty(client, cast, django_assert_max_num_queries):
    from hansa.network.models import Organisation

    client.force_login(cast.people["broker"].user)

    def cost() -> int:
        with django_assert_max_num_queries(40) as counted:
            client.get(reverse("brokerage:brokers"))
        return len(counted)

    one = cost()
    for number in range(16):
        agency = Organisation.objects.create(name=f"Agency {number}", region=cast.regions["PL84"], is_partner=True)
        person = Person.objects.create(name=f"Broker {number}")
        Membership.objects.create(person=person, organisation=agency, role="broker", since=TODAY())
    assert cost() == one
