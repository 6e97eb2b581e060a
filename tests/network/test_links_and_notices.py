"""Links, consents, notices and rules: what people without an account and people with one are given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hansa.network import actions
from hansa.network.faults import Refused
from hansa.network.models import AuditNote, Consent, Link, Notice
from hansa.network.registry import NoticeKind, Rule, registry, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    return cast.people["broker"]


def test_a_link_works_for_its_purpose_until_it_expires_or_is_revoked(person):
    link, secret = actions.make_link(person, purpose="a", record=1, person=person)
    assert secret not in (link.digest, str(AuditNote.objects.latest("pk").detail))
    assert actions.use_link(secret, "a") == link
    assert actions.use_link(secret, "b") is None
    assert actions.use_link(secret + "x", "a") is None
    assert actions.revoke_links(person, purpose="a", record=1) == 1
    assert actions.use_link(secret, "a") is None
    _link, late = actions.make_link(person, purpose="a", record=1, person=person)
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert actions.use_link(late, "a") is None


def test_a_consent_is_one_per_purpose_and_its_withdrawal_is_kept(person):
    said = {"purpose": "service", "how": "spoken", "wording": "I agree.", "language": "en"}
    first = actions.record_consent(person, person, **said)
    assert actions.record_consent(person, person, **said) == first
    assert actions.agrees(person, "service")
    actions.withdraw_consent(None, person, purpose="service")
    assert not actions.agrees(person, "service")
    assert actions.record_consent(person, person, **said) != first
    assert Consent.objects.count() == 2
    with pytest.raises(Refused):
        actions.record_consent(person, person, **(said | {"purpose": "anything"}))


def test_a_notice_with_a_key_is_told_once(person, monkeypatch):
    monkeypatch.setitem(registry.notices, "t.kind", NoticeKind("It is %(what)s.", "t"))
    assert actions.tell(person, "t.kind", url="/", key="1", what="here") is not None
    assert actions.tell(person, "t.kind", url="/", key="1", what="here") is None
    actions.tell(person, "t.kind", url="/", what="here")
    actions.tell(person, "t.kind", url="/", what="here")
    assert Notice.objects.count() == 3
    with pytest.raises(KeyError):
        actions.tell(person, "t.unknown", url="/")


def test_a_rule_holds_as_declared_until_it_is_set(person, monkeypatch):
    from hansa.network.models import RuleSetting

    monkeypatch.setitem(registry.rules, "t.days", Rule("days", "number", 5))
    assert rule("t.days") == 5
    RuleSetting.objects.create(key="t.days", value=7, set_by=person)
    assert rule("t.days") == 7
