"""Versions: who may write, stop, adopt and read them, and that none ever changes."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.network.permissions import may
from hansa.strategy.actions import move
from hansa.strategy.documents import actions, composing, counting
from hansa.strategy.models import DocumentVersion, DocumentWriting

ANALYST, LEAD = Role.ANALYST, Role.LEAD_PARTNER
EVERYBODY = set(Role.values)
TABLE = {
    "strategy.view_drafts": EVERYBODY,
    "strategy.view_version": EVERYBODY,
    "strategy.write_document": {ANALYST, LEAD},
    "strategy.stop_writing": {ANALYST, LEAD},
    "strategy.adopt_version": {LEAD},
    "strategy.withdraw_adoption": {LEAD},
}


@pytest.mark.parametrize("permission", TABLE)
def test_who_may_do_what(cast, written, permission):
    (version,) = written()
    held = {role for role in Role.values if may(cast.people[role], permission, version)}
    assert held == TABLE[permission]
    assert not may(None, permission, version)


def test_the_public_reads_adopted_versions_alone(written, lead):
    (version,) = written()
    assert not may(None, "strategy.view_version", version)
    actions.adopt(lead, version, on=timezone.localdate(), reason="Decision of the board.")
    assert may(None, "strategy.view_version", version)
    actions.withdraw_adoption(lead, version, reason="A fault was found.")
    assert not may(None, "strategy.view_version", version)


def test_a_document_is_written_in_both_languages_and_again_only_when_something_changed(written, run, analyst):
    made = written(languages=("en", "pl"))
    assert [(v.language, v.number) for v in made] == [("en", 1), ("pl", 1)]
    assert written(languages=("en", "pl")) == []
    assert DocumentWriting.objects.first().state == DocumentWriting.State.UNCHANGED
    move(analyst, counting.open_priorities(run).first(), "drop", reason="No longer.")
    assert [(v.language, v.number) for v in written(languages=("en",))] == [("en", 2)]


def test_asking_needs_a_right_a_reason_a_language_and_a_document(run, cast, analyst):
    with pytest.raises(Forbidden):
        actions.ask_for_version(cast.people[Role.BROKER], run, "strategy", languages=["en"], reason="Why not.")
    for kind, languages, reason in (("strategy", ["en"], " "), ("strategy", ["xx"], "Yes."), ("novel", ["en"], "Yes.")):
        with pytest.raises(Refused):
            actions.ask_for_version(analyst, run, kind, languages=languages, reason=reason)
    assert not DocumentWriting.objects.exists()


def test_a_second_click_finds_the_first_writing(run, analyst):
    actions.ask_for_version(analyst, run, "annex", languages=["en"], reason="For the board.")
    with pytest.raises(Refused):
        actions.ask_for_version(analyst, run, "annex", languages=["pl"], reason="For the board.")
    actions.ask_for_version(analyst, run, "summary", languages=["pl"], reason="Another document may go on.")


def test_a_stopped_writing_keeps_nothing(run, analyst, monkeypatch):
    writing = actions.ask_for_version(analyst, run, "annex", languages=["en", "pl"], reason="For the board.")
    with pytest.raises(Refused):
        actions.stop_writing(analyst, writing, reason="")
    first = composing.chapters_of("annex")[0][1]

    def stop_meanwhile(run, w):
        if w.language == "pl":
            actions.stop_writing(analyst, writing, reason="Too early.")
        return first.write(run, w)

    from hansa.strategy.documents.contract import ChapterSource
    from hansa.strategy.parts import parts

    monkeypatch.setitem(parts.chapters, "method", ChapterSource(first.kinds, first.order, stop_meanwhile))
    assert actions.write(writing) == []
    assert not DocumentVersion.objects.exists()
    writing.refresh_from_db()
    assert (writing.state, writing.progress) == ("stopped", 50)
    assert actions.write(writing) == [], "a job that comes late writes nothing"
    with pytest.raises(Refused):
        actions.stop_writing(analyst, writing, reason="Again.")


def test_a_fault_is_written_down_and_leaves_the_document_free(run, analyst, monkeypatch):
    from hansa.strategy.documents.contract import ChapterSource
    from hansa.strategy.parts import parts

    def broken(run, w):
        raise ZeroDivisionError("no such share")

    monkeypatch.setitem(parts.chapters, "method", ChapterSource(frozenset({"annex"}), 1, broken))
    writing = actions.ask_for_version(analyst, run, "annex", languages=["en"], reason="For the board.")
    with pytest.raises(ZeroDivisionError):
        actions.write(writing)
    writing.refresh_from_db()
    assert (writing.state, "no such share" in writing.fault) == ("failed", True)
    actions.ask_for_version(analyst, run, "annex", languages=["en"], reason="Once more.")


def test_the_database_refuses_to_change_or_delete_a_version(written):
    (version,) = written()
    for act in (
        lambda: DocumentVersion.objects.filter(pk=version.pk).update(reason="Another."),
        lambda: DocumentVersion.objects.filter(pk=version.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_adoption_needs_a_lead_partner_a_reason_and_a_day_that_can_be(written, lead, analyst):
    (version,) = written()
    today = timezone.localdate()
    with pytest.raises(Forbidden):
        actions.adopt(analyst, version, on=today, reason="I like it.")
    for on, reason in ((today, " "), (today + timedelta(1), "Early."), (today - timedelta(1), "Backdated.")):
        with pytest.raises(Refused):
            actions.adopt(lead, version, on=on, reason=reason)
    adoption = actions.adopt(lead, version, on=today, reason="Decision of the board.")
    assert (adoption.by, adoption.on) == (lead, today)
    with pytest.raises(Refused):
        actions.adopt(lead, version, on=today, reason="Twice.")
    actions.withdraw_adoption(lead, version, reason="A fault was found.")
    with pytest.raises(Refused):
        actions.withdraw_adoption(lead, version, reason="Twice.")
    actions.adopt(lead, version, on=today, reason="After all.")
    assert version.adoptions.count() == 2


def test_every_decision_leaves_a_note_with_its_reason(written, lead):
    (version,) = written(reason="For the ministry.")
    actions.adopt(lead, version, on=timezone.localdate(), reason="Decision of the board.")
    notes = dict(AuditNote.objects.filter(verb__endswith="version").values_list("verb", "reason"))
    assert notes == {
        "ask_for_version": "For the ministry.",
        "write_version": "For the ministry.",
        "adopt_version": "Decision of the board.",
    }
