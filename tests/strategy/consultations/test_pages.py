"""The pages: answering without an account or JavaScript, organising, and what the public sees."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from hansa.strategy.consultations import actions
from hansa.strategy.consultations.actions import Said
from hansa.strategy.models import Answer, Consultation, Invitation, Point

pytestmark = pytest.mark.django_db


def page(token):
    return reverse("strategy:answer_consultation", args=[token])


def sign_in(client, person):
    client.force_login(person.user)
    return client


def test_a_citizen_reads_answers_changes_and_is_told_until_when(client, opened):
    held, asked, (token,) = opened()
    item = asked.items.order_by("position")[0]
    shown = client.get(page(token))
    text = shown.content.decode()
    assert shown.headers["Cache-Control"].count("no-store") == 1 and shown.headers["Referrer-Policy"] == "strict-origin"
    assert item.priority.local_title in text and "people work in it there" in text and "#figures" in text
    sent = client.post(page(token), {f"value-{item.pk}": "1", f"text-{item.pk}": "Good.", "shown": "en"})
    assert sent.status_code == 302
    thanks = client.get(sent.url).content.decode()
    assert "for it" in thanks and "Good." in thanks and held.deadline.strftime("%Y-%m-%d") in thanks
    again = client.get(page(token)).content.decode()
    assert "You have answered already" in again and re.search(r'value="1"[^>]*checked', again)
    client.post(page(token), {f"value-{item.pk}": "-1", "shown": "en"})
    assert Answer.objects.get().value == -1


def test_the_other_language_keeps_what_was_typed_and_records_nothing(client, opened):
    _held, asked, (token,) = opened("budget")
    item = asked.items.order_by("position")[0]
    typed = {f"value-{item.pk}": "250", f"text-{item.pk}": "half a thought", "shown": "en", "switch": "pl"}
    shown = client.post(page(token), typed)
    text = shown.content.decode()
    assert shown.status_code == 200 and 'lang="pl"' in text and "Co zrobimy razem?" in text
    assert 'value="250"' in text and "half a thought" in text
    assert not Answer.objects.exists()


def test_a_fault_is_told_and_what_was_typed_stays(client, opened):
    _held, asked, (token,) = opened("budget")
    first, second, *_more = asked.items.order_by("position")
    sent = client.post(page(token), {f"value-{first.pk}": "70", f"value-{second.pk}": "20", "shown": "en"})
    text = sent.content.decode()
    assert sent.status_code == 400 and "The points sum to 90; share out exactly 100." in text and 'value="70"' in text


@pytest.mark.parametrize("kind", ["open", "vote", "delphi", "budget"])
def test_every_kind_of_round_is_answered_by_its_page(client, opened, kind):
    _held, asked, (token,) = opened(kind)
    items = list(asked.items.order_by("position"))
    given = {"open": {"text": "Words."}, "vote": {}, "delphi": {}, "budget": {}}[kind]
    given |= {f"value-{item.pk}": {"vote": "0", "delphi": "7"}.get(kind, "0") for item in items}
    if kind == "budget":
        given[f"value-{items[0].pk}"] = "100"
    sent = client.post(page(token), {**given, "shown": "pl"})
    assert sent.status_code == 302
    assert client.get(sent.url).status_code == 200
    assert Answer.objects.count() == max(len(items), 1)


def test_an_unknown_link_is_not_found_and_a_closed_one_says_so(client, opened, analyst):
    held, asked, (token,) = opened()
    assert client.get(page("nothing")).status_code == 404
    assert client.post(page("nothing"), {}).status_code == 404
    actions.close_consultation(analyst, held, reason="done")
    assert "This consultation is closed." in client.get(page(token)).content.decode()
    assert client.post(page(token), {f"value-{asked.items.all()[0].pk}": "1"}).status_code == 409
    assert not Answer.objects.exists()


def test_outside_its_time_a_link_says_from_when_or_that_it_is_over(client, opened):
    held, _asked, (token,) = opened()
    now = timezone.now()
    for opens_at, deadline, words in (
        (now + timedelta(hours=1), now + timedelta(days=1), "You can answer by this link from"),
        (now - timedelta(days=2), now - timedelta(days=1), "The time to answer ended on"),
    ):
        Consultation.objects.filter(pk=held.pk).update(opens_at=opens_at, deadline=deadline)
        text = client.get(page(token)).content.decode()
        assert words in text and "Send my answer" not in text


def test_the_public_sees_what_is_asked_then_what_came_of_it_and_no_draft(client, draft, opened, analyst):
    address = reverse("strategy:consultation", args=[draft.pk])
    assert client.get(address).status_code == 404
    held, asked, tokens = opened(business=6, academia=2)
    item = asked.items.order_by("position")[0]
    for token in tokens:
        actions.answer(token, asked, {item.pk: Said(1, "A thought.")})
    actions.close_round(analyst, asked, reason="enough")
    for point in Point.objects.all()[:2]:
        actions.reply_to_point(analyst, point, verdict="accepted", reason="We follow.")
    during = client.get(address).content.decode()
    assert "How important is it?" in during and "8 for" not in during and "A thought." not in during
    actions.close_consultation(analyst, held, reason="done")
    after = client.get(address).content.decode()
    assert "8 for, 0 neutral, 0 against" in after and "We follow." in after
    assert after.count("A thought.") == 2
    assert "8 for" in client.get(item.priority.get_absolute_url()).content.decode()


def test_organisers_draft_ask_invite_open_and_close_by_page(client, run, analyst):
    sign_in(client, analyst)
    made = client.post(
        reverse("strategy:new_consultation"),
        {
            "run": run.pk,
            "title": "Together",
            "language": "en",
            "title_pl": "Razem",
            "deadline": "2099-01-01T12:00",
            "threshold": "5",
            **{f"target_{helix}": "25" for helix in ("business", "academia", "government", "civil")},
            "reason": "step 5",
        },
    )
    held = Consultation.objects.get()
    assert made.url == reverse("strategy:organise_consultation", args=[held.pk])
    asked = {
        "kind": "vote",
        "question": "Shall we?",
        "priorities": [run.priorities.all()[0].pk],
        "texts": "Laboratories | pl: Laboratoria",
        "reason": "to ask",
    }
    assert client.post(reverse("strategy:new_round", args=[held.pk]), asked).status_code == 302
    changed = client.post(reverse("strategy:edit_round", args=[held.pk, 1]), {**asked, "question": "Shall we not?"})
    assert changed.status_code == 302
    assert held.rounds.get().items.get(priority=None).texts == {"pl": "Laboratoria"}
    one = client.post(
        reverse("strategy:invite_to_consultation", args=[held.pk]), {"name": "Ala", "helix": "civil", "language": "pl"}
    )
    (token,) = re.findall(r"/consultations/answer/([\w-]+)/", one.content.decode())
    reason = {"reason": "it is time"}
    assert client.post(reverse("strategy:open_consultation", args=[held.pk]), reason).status_code == 302
    assert client.get(page(token)).status_code == 200
    renewed = client.post(
        reverse("strategy:renew_link", args=[held.pk, Invitation.objects.get().pk]), reason
    ).content.decode()
    assert token not in renewed and "/consultations/answer/" in renewed
    assert client.get(page(token)).status_code == 404
    for address in (
        reverse("strategy:act_on_round", args=[held.pk, 1, "close"]),
        reverse("strategy:close_consultation", args=[held.pk]),
        reverse("strategy:draft_minutes", args=[held.pk]),
        reverse("strategy:sign_minutes", args=[held.pk]),
        reverse("strategy:erase_invitations", args=[held.pk]),
    ):
        assert client.post(address, {"reason": ""}).status_code == 400
        assert client.post(address, reason).status_code == 302, address
    held.refresh_from_db()
    assert held.minutes_signed_by == analyst and Invitation.objects.get().name == ""


def test_a_faulty_file_invites_nobody_and_says_where(client, draft, analyst):
    sign_in(client, analyst)
    content = b"name,email,helix,region,language\nA,a@a.example,traders,,\n"
    sent = client.post(
        reverse("strategy:invite_many", args=[draft.pk]), {"file": SimpleUploadedFile("people.csv", content)}
    )
    assert sent.status_code == 400 and "row 2, helix" in sent.content.decode()
    assert not Invitation.objects.exists()


def test_points_are_replied_to_and_sessions_recorded_by_page(client, opened, analyst):
    sign_in(client, analyst)
    held, asked, (token,) = opened("open")
    actions.answer(token, asked, {None: Said(text="One. Two.")})
    actions.close_round(analyst, asked, reason="enough")
    point = Point.objects.get()
    split = reverse("strategy:split_point", args=[held.pk, point.pk])
    assert client.post(split, {"texts": "One.\r\n\r\nTwo.", "reason": "two things"}).status_code == 302
    reply = reverse("strategy:reply_to_point", args=[held.pk, point.pk])
    assert client.get(reply).status_code == 200
    assert client.post(reply, {"verdict": "partly", "reason": "half of it"}).status_code == 302
    listed = client.get(reverse("strategy:consultation_points", args=[held.pk])).content.decode()
    assert "Two." in listed and "One." not in listed
    session = {"title": "Round table", "starts_at": "2026-03-01T10:00", "came_civil": "4", "reason": "it was held"}
    assert client.post(reverse("strategy:new_session", args=[held.pk]), session).status_code == 302
    kept = held.sessions.get()
    assert kept.participants == {"civil": 4}
    edit = reverse("strategy:edit_session", args=[held.pk, kept.pk])
    assert 'value="2026-03-01T10:00"' in client.get(edit).content.decode()
    assert client.post(edit, {**session, "came_civil": "-1"}).status_code == 400
    remove = reverse("strategy:remove_session", args=[held.pk, kept.pk])
    assert client.post(remove, {"reason": "it was another day"}).status_code == 302


ORGANISERS = (
    "edit_consultation",
    "open_consultation",
    "new_round",
    "consultation_invitations",
    "consultation_points",
    "new_session",
)


def test_names_and_addresses_are_for_those_who_hold_it(client, opened, cast):
    held, _asked, _tokens = opened()
    for who, status in (("analyst", 200), ("coordinator", 200), ("broker", 403), ("reader", 403)):
        sign_in(client, cast.people[who])
        for name in ORGANISERS:
            assert client.get(reverse(f"strategy:{name}", args=[held.pk])).status_code == status, (who, name)
        assert client.get(reverse("strategy:organise_consultation", args=[held.pk])).status_code == 200
    client.logout()
    for name in (*ORGANISERS, "organise_consultation"):
        assert client.get(reverse(f"strategy:{name}", args=[held.pk])).status_code == 302


def test_lists_are_searched_sorted_and_exported(client, opened, analyst):
    held, _asked, _tokens = opened(civil=2)
    sign_in(client, analyst)
    address = reverse("strategy:consultations")
    for query in ("", "?q=together", "?q=razem", "?state=open", f"?run={held.run_id}", "?sort=-invited"):
        assert str(held) in client.get(address + query).content.decode(), query
    assert str(held) not in client.get(address + "?q=nothing").content.decode()
    for name in ("consultations", "consultation_invitations", "consultation_points"):
        where = reverse(f"strategy:{name}", args=[] if name == "consultations" else [held.pk])
        exported = client.get(where + "?format=csv")
        assert exported.headers["Content-Type"].startswith("text/csv")
        assert b"".join(exported.streaming_content).startswith("\ufeff".encode())


def test_pages_ask_the_database_as_often_for_many_answers_as_for_few(client, opened, invite, analyst):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    held, asked, tokens = opened(business=6)
    item = asked.items.order_by("position")[0]
    for token in tokens:
        actions.answer(token, asked, {item.pk: Said(1, "A thought.")})
    sign_in(client, analyst)
    addresses = [
        reverse(f"strategy:{name}", args=[held.pk])
        for name in ("organise_consultation", "consultation_invitations", "consultation")
    ]
    counts = []
    for more in (0, 20):
        for token in invite(held, more) if more else []:
            actions.answer(token, asked, {item.pk: Said(0, "Another.")})
        for address in addresses:
            client.get(address)
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(address).status_code == 200
            counts.append(len(caught))
    assert counts[: len(addresses)] == counts[len(addresses) :]
