"""The shared vision: nobody overwrites another unseen, and a signed version never changes."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.urls import reverse
from django.utils import timezone

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Role
from hansa.strategy.models import Vision
from hansa.strategy.plan import actions


@pytest.fixture
def vision(run, analyst):
    return actions.new_vision(analyst, run, language="en", reason="the partnership asked for one")


def write(analyst, vision, text, *, expected, language="en", reason="a better word"):
    return actions.edit_vision(analyst, vision, language=language, text=text, reason=reason, expected=expected)


def sign(person, vision, organisation, **given):
    values = {"signatory": "A. Kowalska", "on": date(2026, 5, 1), "basis": "Resolution 12/26", **given}
    return actions.sign_vision(person, vision, organisation=organisation, **values)


def test_the_second_to_write_sees_the_first_and_keeps_what_they_typed(client, vision, analyst, cast):
    first = write(analyst, vision, "We build together.", expected=0)
    with pytest.raises(actions.Conflict) as fault:
        write(cast.people[Role.LEAD_PARTNER], vision, "We test together.", expected=0)
    assert (fault.value.theirs.text, fault.value.revision) == ("We build together.", 1)
    client.force_login(cast.people[Role.LEAD_PARTNER].user)
    url = reverse("strategy:plan_edit_vision", args=[vision.pk])
    typed = {"language": "en", "text": "We test together.", "reason": "mine", "expected": 0}
    answer = client.post(url, typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "We build together." in page and "We test together." in page
    vision.refresh_from_db()
    assert vision.text == "We build together."
    assert answer.context["form"]["expected"].value() == "1"
    assert client.post(url, {**typed, "text": "We build and test.", "expected": 1}).status_code == 302
    vision.refresh_from_db()
    assert (vision.text, vision.revision) == ("We build and test.", 2)
    assert [e.text for e in vision.edits.all()] == ["We build and test.", first.text]


def test_an_edit_in_another_language_is_no_conflict(vision, analyst):
    write(analyst, vision, "We build.", expected=0)
    made = write(analyst, vision, "Budujemy.", expected=0, language="pl")
    assert made.texts == {"en": "We build.", "pl": "Budujemy."} and made.revision == 2


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"text": "  "}, {"text": "x" * 20_001}])
def test_an_edit_needs_text_and_reason(vision, analyst, wrong):
    given = {"text": "We build.", "reason": "first words", **wrong}
    with pytest.raises(Refused):
        actions.edit_vision(analyst, vision, language="en", expected=0, **given)


def test_a_signed_version_never_changes_not_even_in_the_database(vision, analyst, cast, run):
    write(analyst, vision, "We build.", expected=0)
    signed = sign(analyst, vision, cast.agencies["PL84"])
    assert (signed.signatory, signed.basis) == ("A. Kowalska", "Resolution 12/26")
    sign(cast.people[Role.LEAD_PARTNER], vision, cast.agencies["DE60"], region=cast.regions["DE60"])
    with pytest.raises(Refused, match="begin a new version"):
        write(analyst, vision, "We build more.", expected=1)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(texts={"en": "We build more."})
    second = actions.new_vision(analyst, run, language="en", reason="two years later")
    assert (second.number, second.texts) == (2, {"en": "We build."})
    with pytest.raises(Refused, match="not signed yet"):
        actions.new_vision(analyst, run, language="en", reason="another")


def test_what_is_signed_is_what_was_read(vision, analyst, cast):
    with pytest.raises(Refused, match="no text"):
        sign(analyst, vision, cast.agencies["PL84"])
    write(analyst, vision, "We build.", expected=0)
    write(analyst, vision, "We build more.", expected=1)
    with pytest.raises(Refused, match="read it again"):
        sign(analyst, vision, cast.agencies["PL84"], expected=1)
    with pytest.raises(Refused, match="to come"):
        sign(analyst, vision, cast.agencies["PL84"], on=timezone.localdate() + timedelta(days=1))
    for nobody in ({"signatory": " "}, {"basis": ""}):
        with pytest.raises(Refused):
            sign(analyst, vision, cast.agencies["PL84"], **nobody)
    sign(analyst, vision, cast.agencies["PL84"], expected=2)
    with pytest.raises(Refused, match="already"):
        sign(analyst, vision, cast.agencies["PL84"])
    with pytest.raises(Forbidden):
        sign(analyst, vision, cast.agencies["LT00"])
