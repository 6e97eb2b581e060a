"""A client looked at along its value chain: by its broker, and on a phone by the client."""

from __future__ import annotations

import math

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage import thread
from hansa.brokerage.diagnosis import actions, queries, radar
from hansa.brokerage.diagnosis.actions import Marks
from hansa.brokerage.diagnosis.components import COMPONENTS
from hansa.brokerage.diagnosis.proposing import proposals
from hansa.brokerage.models import Client, Diagnosis, DiagnosisAnswer
from hansa.network.actions import make_link
from hansa.network.faults import Forbidden, Refused
from hansa.network.middleware import see_as

pytestmark = pytest.mark.django_db
marks = st.one_of(st.none(), st.integers(0, 5))
By = DiagnosisAnswer.By


@given(st.lists(marks, min_size=3, max_size=12))
def test_the_chart_draws_every_known_mark_at_its_distance_and_no_unknown_one(said):
    lines = radar.outline(said, 100)
    points = [p for line in lines for p in line]
    known = [mark for mark in said if mark is not None]
    closed = len(known) == len(said)
    assert len(points) == len(known) + closed
    distances = sorted(round(math.hypot(*p)) for p in (points[:-1] if closed else points))
    assert distances == sorted(mark * 20 for mark in known)


@given(marks, marks, marks)
def test_only_known_marks_propose_and_by_the_thresholds(state, need, potential):
    answer = DiagnosisAnswer(state=state, need=need, potential=potential)
    found = {p.type for p in proposals({"technology": answer})}
    expected = set()
    if None not in (state, need) and need >= 4 and state <= 2:
        expected.add("technology_request")
    if None not in (state, potential) and potential >= 4 and state >= 4:
        expected.add("technology_offer")
    assert found == expected


@pytest.fixture
def one(desk):
    return actions.begin_diagnosis(desk.broker, desk.client())


def test_one_diagnosis_goes_on_until_it_is_complete_and_the_next_begins_from_it(desk, one):
    assert actions.begin_diagnosis(desk.broker, one.client) == one
    with pytest.raises(Refused):
        actions.complete_diagnosis(desk.broker, one)
    actions.answer_diagnosis(desk.broker, one, answers={"people": Marks(state=0, need=5)})
    actions.complete_diagnosis(desk.broker, one)
    with pytest.raises(Refused):
        actions.answer_diagnosis(desk.broker, one, answers={"people": Marks(state=5)})
    following = actions.begin_diagnosis(desk.broker, one.client)
    assert following != one
    kept = queries.answers_of(following, By.BROKER)["people"]
    assert (kept.state, kept.need, kept.potential) == (0, 5, None)
    assert queries.before(following) == one


def test_both_sides_answers_stand_beside_each_other(desk, one):
    contact = one.client.contacts.get()
    link, _secret = make_link(None, purpose="diagnosis", record=one.pk, person=contact.person, client=one.client_id)
    actions.answer_diagnosis(desk.broker, one, answers={"service": Marks(state=4)})
    actions.answer_by_link(link, answers={"service": Marks(state=1, evidence="Reklamacje")}, done=True)
    held = Diagnosis.objects.get(pk=one.pk)
    assert queries.answers_of(held, By.BROKER)["service"].state == 4
    assert queries.answers_of(held, By.CLIENT)["service"].state == 1
    assert any("Look at the client’s answers" in item.title for item in thread.today(desk.broker))
    actions.answer_diagnosis(desk.broker, held, answers={"service": Marks(state=2)})
    assert not any("Look at the client’s answers" in item.title for item in thread.today(desk.broker))
    assert queries.answers_of(Diagnosis.objects.get(pk=one.pk), By.CLIENT)["service"].state == 1


def test_what_is_left_open_is_unknown_and_what_is_wrong_is_refused(desk, one):
    actions.answer_diagnosis(desk.broker, one, answers={"people": Marks(state=0)})
    assert DiagnosisAnswer.objects.get().state == 0
    actions.answer_diagnosis(desk.broker, one, answers={"people": Marks()})
    assert not DiagnosisAnswer.objects.exists()
    for wrong in ({"luck": Marks(state=1)}, {"people": Marks(state=6)}, {"people": Marks(need=-1)}):
        with pytest.raises(Refused):
            actions.answer_diagnosis(desk.broker, one, answers=wrong)
    with pytest.raises(Forbidden):
        actions.answer_diagnosis(desk.abroad, one, answers={})


def test_the_link_goes_to_a_contact_of_this_client_alone(desk, one):
    other = desk.client().contacts.get()
    with pytest.raises(Refused):
        actions.send_diagnosis(desk.broker, one, contact=other, address="https://hansa.example/")
    sent = actions.send_diagnosis(desk.broker, one, contact=one.client.contacts.get(), address="https://h.example/")
    assert sent.sent_at is not None


def test_the_database_shows_it_to_the_agency_and_through_the_clients_link(desk, one, application_role):
    pl, fi = (desk.cast.agencies[code].pk for code in ("PL84", "FI1C"))
    contact_client = one.client_id
    with see_as(f"{pl}"):
        actions.answer_diagnosis(desk.broker, one, answers={"people": Marks(state=1)})

    def seen(agencies: str = "", client: int | None = None, leads: bool = False) -> tuple[int, int]:
        with see_as(agencies, client=client, leads=leads):
            return Diagnosis.objects.count(), DiagnosisAnswer.objects.count()

    assert seen(f"{pl}") == (1, 1)
    assert seen(f"{fi}", leads=True) == (0, 0) and seen() == (0, 0)
    assert seen(client=contact_client) == (1, 1) and seen(client=contact_client + 1) == (0, 0)
    with see_as(f"{pl}"):
        link, _secret = make_link(None, purpose="diagnosis", record=one.pk, person=None, client=contact_client)
    with see_as("", client=contact_client):
        actions.answer_by_link(link, answers={"service": Marks(state=3)}, done=False)
    assert seen(f"{pl}") == (1, 2)


def test_the_client_answers_on_a_phone_and_goes_on_later(client, one):
    link, secret = make_link(
        None, purpose="diagnosis", record=one.pk, person=one.client.contacts.get().person, client=one.client_id
    )
    page = reverse("brokerage:diagnosis_answer", args=[secret])
    assert "A look at your firm" in client.get(page).content.decode()
    assert client.post(page, {"people_state": "0", "people_evidence": "Dwie osoby", "act": "keep"}).status_code == 302
    again = client.get(page).content.decode()
    assert "Dwie osoby" in again and '<option value="0" selected>' in again
    wrong = client.post(page, {"people_state": "9", "people_evidence": "Trzy"})
    assert wrong.status_code == 400 and "Trzy" in wrong.content.decode()
    client.post(page, {"people_state": "1", "act": "done"})
    assert "Thank you" in client.get(page).content.decode()
    assert link.client == one.client_id


def test_the_pages_show_chart_table_and_proposals(client, desk, one):
    client.force_login(desk.broker.user)
    page = one.get_absolute_url()
    given = {"technology_state": "0", "technology_need": "5", "people_state": "5", "people_potential": "5"}
    assert client.post(page, given).status_code == 302
    shown = client.get(page).content.decode()
    assert "the need is 5 of 5 and the state 0 of 5" in shown and "<polyline" in shown
    assert f"new/?client={one.client.reference}&amp;type=technology_request" in shown
    Client.objects.filter(pk=one.client_id).update(state="admitted")
    filled = client.get(reverse("brokerage:new_request"), {"client": one.client.reference, "type": "business_offer"})
    assert f'<option value="{one.client_id}" selected>' in filled.content.decode()
    assert "Diagnosis" in client.get(one.client.get_absolute_url()).content.decode()
    assert client.post(reverse("brokerage:complete_diagnosis", args=[one.pk])).status_code == 302
    assert "Your answers" not in client.get(page).content.decode()
    assert client.post(reverse("brokerage:begin_diagnosis", args=[one.client.reference])).status_code == 302
    listed = client.get(reverse("brokerage:diagnoses"), {"q": "Tajna", "sort": "client"}).content.decode()
    assert one.client.name in listed
    exported = client.get(reverse("brokerage:diagnoses"), {"format": "csv", "state": "complete"})
    assert one.client.reference in b"".join(exported.streaming_content).decode()
    client.force_login(desk.abroad.user)
    assert client.get(page).status_code == 404


def test_every_component_has_a_title_and_a_question():
    assert len({c.key for c in COMPONENTS}) == 11
    assert all(str(c.title) and str(c.question).endswith("?") for c in COMPONENTS)
