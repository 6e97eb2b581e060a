"""Rules of the network: who sets them, within which bounds, and what the page says."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hansa.network import actions
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, RuleSetting
from hansa.network.registry import Rule, registry, rule

pytestmark = pytest.mark.django_db
MAIL = Rule("Mail", "choice", "daily", choices=[("daily", "d"), ("off", "o")])


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    monkeypatch.setitem(registry.rules, "t.days", Rule("Days to answer", "number", 5, unit="days", least=1, most=30))
    monkeypatch.setitem(registry.rules, "t.review", Rule("Review first", "yes_no", False))
    monkeypatch.setitem(registry.rules, "t.mail", MAIL)


def test_the_lead_partner_sets_a_rule_with_a_reason_and_sets_it_back(cast):
    lead = cast.people["lead_partner"]
    actions.set_rule(lead, "t.days", value=10, reason="Holidays.")
    assert rule("t.days") == 10
    assert AuditNote.objects.get(verb="set_rule").detail == {"before": 5, "after": 10}
    assert actions.set_rule(lead, "t.days", value=5, reason="Over.") is None
    assert rule("t.days") == 5 and not RuleSetting.objects.exists()


@pytest.mark.parametrize("role", ["analyst", "broker", "coordinator", "facility_manager", "reader"])
def test_nobody_else_sets_one(cast, role):
    with pytest.raises(Forbidden):
        actions.set_rule(cast.people[role], "t.days", value=10, reason="r")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("t.days", 0, "r"),
        ("t.days", 31, "r"),
        ("t.days", True, "r"),
        ("t.days", "7", "r"),
        ("t.days", 7, " "),
        ("t.review", 1, "r"),
        ("t.mail", "weekly", "r"),
        ("t.unknown", 1, "r"),
    ],
)
def test_a_value_out_of_bounds_or_without_a_reason_is_refused(cast, key, value, reason):
    with pytest.raises(Refused):
        actions.set_rule(cast.people["lead_partner"], key, value=value, reason=reason)
    assert not RuleSetting.objects.exists()


def test_the_page_says_what_holds_and_the_form_keeps_what_was_typed(client, cast):
    client.force_login(cast.people["lead_partner"].user)
    page = client.get(reverse("network:rules"))
    assert "Days to answer" in page.content.decode() and "5 days" in page.content.decode()
    wrong = client.post(reverse("network:set_rule", args=["t.days"]), {"value": "99", "reason": "Because."})
    assert wrong.status_code == 400 and "Because." in wrong.content.decode()
    assert (
        client.post(reverse("network:set_rule", args=["t.review"]), {"value": "yes", "reason": "r"}).status_code == 302
    )
    assert rule("t.review") is True
    listed = client.get(reverse("network:rules"), {"format": "csv"})
    assert "t.review" in b"".join(listed.streaming_content).decode()
    client.force_login(cast.people["reader"].user)
    assert client.get(reverse("network:set_rule", args=["t.days"])).status_code == 403
    assert client.get(reverse("network:rules")).status_code == 200
