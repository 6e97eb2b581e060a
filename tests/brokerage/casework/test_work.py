"""Tasks, interactions, private notes, documents, follow-ups and outcomes of a case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage import actions as room
from hansa.brokerage import thread
from hansa.brokerage.casework import actions, registering
from hansa.brokerage.casework.clock import months_after
from hansa.brokerage.models import Case, CaseDocument, FollowUp, Interaction, Outcome, PrivateNote, Task
from hansa.network.faults import Forbidden, Refused
from hansa.network.middleware import see_as
from hansa.network.models import Notice

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
MAIL = b"From: Anna <anna@firma.example>\r\nSubject: Rysunki\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\n\r\nW zal.\r\n"


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.sampled_from([3, 6, 12]))
def test_a_follow_up_keeps_the_day_or_takes_the_last_of_a_shorter_month(day, months):
    due = months_after(day, months)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == months
    assert due.day == day.day or (due + timedelta(days=1)).day == 1


def test_month_ends():
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_after(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert months_after(date(2028, 2, 29), 12) == date(2029, 2, 28)


@pytest.fixture
def case(desk):
    return desk.case()


@pytest.fixture
def agreed(desk, case):
    room.answer_introduction(desk.abroad, case, accept=True)
    room.move_case(desk.broker, case, to_state="in_talks")
    room.move_case(desk.abroad, case, to_state="agreement")
    return Case.objects.get(pk=case.pk)


def test_an_agreement_makes_three_follow_ups_and_a_second_time_none(desk, agreed):
    assert [f.months for f in FollowUp.objects.filter(case=agreed)] == [3, 6, 12]
    assert actions.plan_follow_ups(agreed) == 0
    FollowUp.objects.filter(months=3).update(due=TODAY())
    assert any("Ask what came of it" in item.title for item in thread.today(desk.abroad))
    with pytest.raises(Refused):
        actions.answer_follow_up(desk.broker, FollowUp.objects.get(months=3), answer=" ")
    actions.answer_follow_up(desk.broker, FollowUp.objects.get(months=3), answer="A first order.")
    assert not any("Ask what came of it" in item.title for item in thread.today(desk.abroad))


def test_a_task_is_told_to_its_owner_ticked_off_and_taken_up_again(desk, case):
    task = actions.add_task(desk.broker, case, title="Send drawings", due=TODAY(), owner=desk.abroad)
    assert Notice.objects.get(person=desk.abroad, kind="brokerage.task").parameters["reference"] == case.reference
    assert any(item.title == "Send drawings" and item.urgent for item in thread.today(desk.abroad))
    assert not any(item.title == "Send drawings" for item in thread.today(desk.broker))
    assert actions.finish_task(desk.abroad, task).done_at is not None
    assert not any(item.title == "Send drawings" for item in thread.today(desk.abroad))
    assert actions.finish_task(desk.broker, task, done=False).done_at is None
    with pytest.raises(Refused):
        actions.add_task(desk.broker, case, title="x", due=TODAY(), owner=desk.cast.people["reader"])
    assert [item.uid for item in registering.calendar(desk.abroad)] == [f"task-{task.pk}"]


def test_an_e_mail_is_filed_by_what_it_says(desk, case):
    made = actions.take_in_mail(desk.abroad, case, MAIL)
    assert (made.kind, made.subject, made.text) == ("email", "Rysunki", "W zal.")
    assert made.at.isoformat().startswith("2026-03-02T")
    with pytest.raises(Refused):
        actions.take_in_mail(desk.abroad, case, b"")


def test_a_document_keeps_its_bytes_and_comes_back_after_it_was_removed(client, desk, case):
    made = actions.add_document(
        desk.broker, case, name="C:\\x\\umowa.pdf", media_type="application/pdf", content=b"%PDF"
    )
    assert made.name == "umowa.pdf" and CaseDocument.objects.get().is_whole()
    address = reverse("brokerage:case_document", args=[made.pk])
    client.force_login(desk.abroad.user)
    got = client.get(address)
    assert got.content == b"%PDF" and got["Content-Disposition"] == 'attachment; filename="umowa.pdf"'
    client.force_login(desk.cast.people["lead_partner"].user)
    assert client.get(address).status_code == 404
    with pytest.raises(Refused):
        actions.remove_document(desk.broker, made, reason="")
    actions.remove_document(desk.broker, made, reason="Wrong file.")
    client.force_login(desk.abroad.user)
    assert client.get(address).status_code == 404
    actions.restore_document(desk.abroad, made)
    assert client.get(address).status_code == 200
    with pytest.raises(Refused):
        actions.add_document(desk.broker, case, name="n", media_type="", content=b"")


def test_an_outcome_is_verified_by_another_than_who_claimed_it(desk, agreed):
    told = {"kind": "turnover", "year": 2026, "evidence": "Invoice 7/2026", "value": Decimal("120000")}
    made = actions.claim_outcome(desk.broker, agreed, **told)
    assert made.unit == "EUR"
    with pytest.raises(Forbidden):
        actions.verify_outcome(desk.broker, made)
    assert any("Verify an outcome" in item.title for item in thread.today(desk.abroad))
    assert actions.verify_outcome(desk.abroad, made).verified_by == desk.abroad
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.filter(pk=made.pk).update(verified_by=desk.broker)
    for wrong in ({"kind": "luck"}, {"evidence": " "}, {"value": Decimal(-1)}):
        with pytest.raises(Refused):
            actions.claim_outcome(desk.broker, agreed, **(told | wrong))
    unknown = actions.claim_outcome(desk.broker, agreed, kind="jobs", year=2026, evidence="Told on the telephone.")
    assert unknown.value is None


def test_a_case_in_which_nobody_writes_shows_on_today(desk, agreed):
    Case.objects.update(opened_at=timezone.now() - timedelta(days=90))
    agreed.entries.update(at=timezone.now() - timedelta(days=60))
    assert any("It went quiet" in item.title for item in thread.today(desk.broker))
    room.add_note(desk.broker, agreed, text="They called.")
    assert not any("It went quiet" in item.title for item in thread.today(desk.broker))


TABLES = ("task", "interaction", "casedocument", "followup", "outcome", "privatenote", "taskevent", "outcomeevent")


def test_the_database_shows_the_work_to_both_sides_and_private_notes_to_their_own(desk, agreed, application_role):
    pl, fi, lt = (desk.cast.agencies[code].pk for code in ("PL84", "FI1C", "LT00"))
    with see_as(f"{pl}"):
        actions.add_task(desk.broker, agreed, title="Call", due=TODAY())
        at = timezone.now()
        actions.add_interaction(desk.broker, agreed, kind="call", at=at, subject="Prices")
        actions.add_document(desk.broker, agreed, name="a", media_type="", content=b"a")
        actions.claim_outcome(desk.broker, agreed, kind="agreement", year=2026, evidence="The contract.")
        actions.add_private_note(desk.broker, agreed, text="They hesitate.")

    def seen(agencies: str, leads: bool = False) -> list[int]:
        found = []
        with see_as(agencies, leads=leads), connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"SELECT count(*) FROM brokerage_{table}")
                found.append(cursor.fetchone()[0])
        return found

    assert seen(f"{pl}") == [1, 1, 1, 3, 1, 1, 1, 1]
    assert seen(f"{fi}") == [1, 1, 1, 3, 1, 0, 1, 1]
    assert seen(f"{lt}") == [0] * 8 and seen("") == [0] * 8
    assert seen(f"{lt}", leads=True) == [1, 1, 1, 3, 1, 0, 1, 1]


def test_a_private_note_is_the_own_agencys_alone_on_the_page_too(client, desk, agreed):
    actions.add_private_note(desk.broker, agreed, text="They hesitate.")
    client.force_login(desk.broker.user)
    assert "They hesitate." in client.get(agreed.get_absolute_url()).content.decode()
    client.force_login(desk.abroad.user)
    assert "They hesitate." not in client.get(agreed.get_absolute_url()).content.decode()


def test_the_page_of_a_case_takes_all_of_it_and_keeps_what_was_typed(client, desk, agreed):
    client.force_login(desk.broker.user)
    at = [agreed.reference]
    task = {"title": "Send drawings", "due": "2030-01-01", "owner": desk.abroad.pk}
    assert client.post(reverse("brokerage:add_task", args=at), task).status_code == 302
    wrong = client.post(reverse("brokerage:add_task", args=at), task | {"due": "soon"})
    assert wrong.status_code == 400 and "Send drawings" in wrong.content.decode()
    said = {"kind": "visit", "at": "2026-11-20T10:00", "subject": "Plant", "who": "Anna, Matti"}
    assert client.post(reverse("brokerage:add_interaction", args=at), said).status_code == 302
    assert client.post(reverse("brokerage:take_in_mail", args=at), {"message": MAIL.decode()}).status_code == 302
    file = SimpleUploadedFile("umowa.pdf", b"%PDF", content_type="application/pdf")
    assert client.post(reverse("brokerage:add_document", args=at), {"file": file}).status_code == 302
    assert client.post(reverse("brokerage:add_private_note", args=at), {"text": "Psst."}).status_code == 302
    outcome = {"kind": "jobs", "value": "2", "year": "2026", "evidence": "Contracts"}
    assert client.post(reverse("brokerage:claim_outcome", args=at), outcome).status_code == 302
    follow_up = FollowUp.objects.get(months=3)
    answer = reverse("brokerage:answer_follow_up", args=[follow_up.pk])
    assert client.post(answer, {"answer": "An order."}).status_code == 302
    page = client.get(agreed.get_absolute_url()).content.decode()
    for words in ("Send drawings", "Plant", "Rysunki", "umowa.pdf", "Psst.", "Contracts", "An order."):
        assert words in page
    assert Interaction.objects.count() == 2 and PrivateNote.objects.count() == 1
    task_row = Task.objects.get()
    assert client.post(reverse("brokerage:finish_task", args=[task_row.pk])).status_code == 302
    removed = CaseDocument.objects.get()
    client.post(reverse("brokerage:remove_document", args=[removed.pk]), {"reason": "Old."})
    client.post(reverse("brokerage:restore_document", args=[removed.pk]))
    client.force_login(desk.abroad.user)
    made = Outcome.objects.get()
    assert client.post(reverse("brokerage:verify_outcome", args=[made.pk])).status_code == 302
    assert (
        "Contracts" in client.get(reverse("brokerage:outcomes"), {"state": "verified", "q": "contr"}).content.decode()
    )
    exported = client.get(reverse("brokerage:outcomes"), {"format": "csv", "sort": "-value"})
    assert "Contracts" in b"".join(exported.streaming_content).decode()
    listed = client.get(reverse("brokerage:tasks"), {"state": "any", "sort": "-title"})
    assert "Send drawings" in listed.content.decode()
    exported = client.get(reverse("brokerage:tasks"), {"format": "csv", "state": "any", "whose": "all"})
    assert "Send drawings" in b"".join(exported.streaming_content).decode()


def test_the_lists_cost_the_same_with_one_row_and_with_twenty(client, desk, case, django_assert_max_num_queries):
    client.force_login(desk.broker.user)

    def cost(name: str) -> int:
        with django_assert_max_num_queries(40) as counted:
            client.get(reverse(f"brokerage:{name}"))
        return len(counted)

    def add() -> None:
        actions.add_task(desk.broker, case, title="Call", due=TODAY())
        actions.claim_outcome(desk.abroad, case, kind="jobs", year=2026, evidence="e")

    add()
    one = cost("tasks"), cost("outcomes")
    for _n in range(19):
        add()
    assert (cost("tasks"), cost("outcomes")) == one
