"""Holding a consultation: draft, open, close, open again, minutes; lists of people; what the step finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hansa.network.faults import Refused
from hansa.network.models import AuditNote
from hansa.strategy.consultations import actions, findings, queries
from hansa.strategy.consultations.actions import Said
from hansa.strategy.consultations.reading import read_invited
from hansa.strategy.models import Consultation, Invitation, Step
from hansa.strategy.parts import parts

pytestmark = pytest.mark.django_db


def begin(analyst, draft):
    return actions.open_consultation(analyst, draft, reason="begin", address="https://hansa.example/")


def test_it_opens_with_a_round_and_an_invitation_and_not_before(draft, ask, invite, analyst):
    with pytest.raises(Refused):
        begin(analyst, draft)
    ask(draft)
    with pytest.raises(Refused):
        begin(analyst, draft)
    invite(draft)
    assert begin(analyst, draft).state == "open"
    assert queries.open_round(draft).number == 1
    with pytest.raises(Refused):
        begin(analyst, draft)


def test_every_decision_needs_a_reason_and_leaves_a_note(opened, analyst):
    held, asked, _tokens = opened()
    for act in (
        lambda reason: actions.close_round(analyst, asked, reason=reason),
        lambda reason: actions.close_consultation(analyst, held, reason=reason),
        lambda reason: actions.reopen_consultation(analyst, held, reason=reason),
    ):
        with pytest.raises(Refused):
            act(" ")
        act("because")
    verbs = AuditNote.objects.filter(reason="because").values_list("verb", flat=True)
    assert set(verbs) == {"close_round", "close_consultation", "reopen_consultation"}


def test_the_threshold_stays_once_people_answer(opened, analyst):
    held, _asked, _tokens = opened()
    with pytest.raises(Refused):
        actions.edit_consultation(analyst, held, threshold=3, reason="more to see")
    later = held.deadline + timedelta(days=3)
    assert actions.edit_consultation(analyst, held, deadline=later, reason="holidays").deadline == later


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"deadline": timezone.now() - timedelta(minutes=1)},
        {"threshold": 2},
        {"targets": {"business": 0.5}},
        {"targets": {"martians": 1.0}},
    ],
)
def test_what_cannot_be_is_refused(draft, analyst, fields):
    with pytest.raises(Refused):
        actions.edit_consultation(analyst, draft, reason="x", **fields)


def test_minutes_are_drafted_in_its_language_edited_signed_and_then_stay(opened, analyst):
    held, asked, tokens = opened(business=5)
    item = asked.items.order_by("position")[0]
    for token in tokens:
        actions.answer(token, asked, {item.pk: Said(1, "More wood.")})
    actions.add_session(
        analyst, held, title="Round table", starts_at=timezone.now(), participants={"civil": 3}, reason="held"
    )
    with pytest.raises(Refused):
        actions.draft_minutes(analyst, held, reason="too early")
    held = actions.close_consultation(analyst, held, reason="done")
    held = actions.draft_minutes(analyst, held, reason="to begin")
    for words in ("5 of 5 invited answered", "5 for, 0 neutral, 0 against", "Round table", "civil society 3"):
        assert words in held.minutes
    held = actions.edit_minutes(analyst, held, text=held.minutes + "\n\nAgreed.", reason="what was agreed")
    held = actions.sign_minutes(analyst, held, reason="read by all")
    for act in (
        lambda: actions.edit_minutes(analyst, held, text="x", reason="x"),
        lambda: actions.reopen_consultation(analyst, held, reason="x"),
        lambda: actions.reply_to_point(analyst, queries.points(held)[0], verdict="not", reason="x"),
        lambda: actions.remove_session(analyst, held.sessions.get(), reason="x"),
    ):
        with pytest.raises(Refused):
            act()


def test_a_file_invites_everyone_or_nobody(draft, analyst, cast):
    good = "\ufeffname;email;helix;region;language\nAla;ala@a.example;business;PL84;pl\n\n;;civil;;\n".encode()
    actions.invite(analyst, draft, read_invited(good))
    assert list(Invitation.objects.values_list("name", "helix", "region__code", "language")) == [
        ("Ala", "business", "PL84", "pl"),
        ("", "civil", None, "en"),
    ]
    bad = (
        b"name,email,helix,region,language\nA,a@a.example,business,,\nB,nonsense,business,,\n"
        b"C,a@a.example,traders,XX9,tlh\n"
    )
    with pytest.raises(Refused) as fault:
        read_invited(bad)
    for words in ("row 3, email", "row 4, helix", "row 4, region", "row 4, language", "same address as in row 2"):
        assert words in str(fault.value)
    for content in (b"", b"a,b\n1,2\n", b"\xff\xfe", b"name,email,helix,region,language\n"):
        with pytest.raises(Refused):
            read_invited(content)
    with pytest.raises(Refused):
        actions.invite(analyst, draft, [actions.Invited("civil", email="new@a.example"), *read_invited(good)])
    assert Invitation.objects.count() == 2


def test_erasure_keeps_group_and_answers(opened, analyst):
    held, asked, (token,) = opened()
    actions.answer(token, asked, {asked.items.all()[0].pk: Said(1)})
    actions.invite(analyst, held, [actions.Invited("civil", "Ala", "ala@a.example")])
    with pytest.raises(Refused):
        actions.erase_invitations(analyst, held, reason="no longer needed")
    actions.close_consultation(analyst, held, reason="done")
    assert actions.erase_invitations(analyst, held, reason="no longer needed") == 1
    assert not Invitation.objects.exclude(name="", email="").exists()
    assert queries.participation(held).answered == 1


def obstacles_of(priority):
    return [str(each.sentence) for each in findings.obstacles([priority])[priority.pk]]


def test_a_priority_is_ready_when_all_four_groups_spoke_and_every_point_has_its_reply(opened, analyst):
    held, asked, tokens = opened(business=2, academia=1, government=1, civil=1)
    item = asked.items.order_by("position")[0]
    never = "No closed consultation has asked about it."
    assert obstacles_of(item.priority) == [never]
    for token in tokens[:4]:
        actions.answer(token, asked, {item.pk: Said(1, "Yes, but.")})
    assert obstacles_of(item.priority) == [never]
    actions.close_consultation(analyst, held, reason="done")
    assert obstacles_of(item.priority) == [
        "Nobody answered from: civil society.",
        "4 points about it have no reply.",
    ]
    for point in queries.points(held):
        actions.reply_to_point(analyst, point, verdict="accepted", reason="so it is")
    assert obstacles_of(item.priority) == ["Nobody answered from: civil society."]
    found = parts.findings[Step.FINALISE](item.priority)
    assert found.data["points"] == {"accepted": 4}
    assert found.data["results"][0]["result"] is None
    assert found.data["consultations"][0]["voices"]["civil"] == {"invited": 1, "answered": 0}


def test_obstacles_ask_the_database_as_often_for_many_as_for_one(opened, run, analyst, django_assert_max_num_queries):
    held, _asked, _tokens = opened()
    actions.close_consultation(analyst, held, reason="done")
    priorities = list(run.priorities.all())
    with django_assert_max_num_queries(3):
        findings.obstacles(priorities)


def test_today_names_what_ends_soon_and_what_waits(opened, analyst, broker):
    from hansa.network.registry import registry

    _held, asked, (token,) = opened("open")
    assert list(registry.today["consultations"](analyst)) == []
    actions.answer(token, asked, {None: Said(text="Something")})
    actions.close_round(analyst, asked, reason="enough")
    Consultation.objects.update(deadline=timezone.now() + timedelta(days=2))
    assert [item.title for item in registry.today["consultations"](analyst)] == [
        "Consultation: What shall we do together?",
        "1 point waits for a reply",
    ]
    assert list(registry.today["consultations"](broker)) == []
