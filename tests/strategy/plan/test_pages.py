"""The pages of the plan: what they show, to whom, that forms keep what was typed, and at what cost."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hansa.network.models import Role
from hansa.strategy.models import Action, Body, BudgetLine, Indicator, IndicatorValue, Milestone, Priority, Risk
from hansa.strategy.plan import actions
from hansa.strategy.recommendations import actions as recommendations

LISTS = ("plan", "plan_budget", "plan_indicators", "plan_codes", "plan_risks", "plan_governance", "plan_vision")


@pytest.fixture
def full(action, priority, run, cast, analyst):
    """One of everything."""
    day = timezone.localdate()
    actions.keep(analyst, Milestone(action=action), {"title": "Line stands", "due": date(2026, 1, 1)})
    actions.keep(
        analyst,
        BudgetLine(action=action),
        {"source": "ERDF", "year": 2026, "planned": Decimal(10), "committed": Decimal(20), "note": "grant"},
    )
    watched = actions.keep(analyst, Indicator(priority=priority), {"name": "Firms", "unit": "firms", "code": "RCO10"})
    actions.keep(analyst, IndicatorValue(indicator=watched), {"on": day, "value": Decimal(3), "note": "list"})
    risk = {"title": "No operator", "measure": "train", "owner": cast.agencies["PL84"], "likelihood": 4, "impact": 4}
    actions.keep(analyst, Risk(action=action), risk)
    actions.keep(analyst, Body(run=run), {"name": "Committee", "task": "decides"})
    actions.edit_vision(
        analyst,
        actions.new_vision(analyst, run, language="en", reason="r"),
        language="en",
        text="We build.",
        reason="r",
        expected=0,
    )
    review = actions.open_review(analyst, actions.plan_review(analyst, run, planned_for=day))
    made = recommendations.collect(title="Open it", text="x", language="en", region=cast.regions["PL84"])
    recommendations.take_up(analyst, made, reason="r", priority=priority)
    return {"action": action, "indicator": watched, "review": review, "recommendation": made, "run": run}


@pytest.mark.parametrize("who", ["public", Role.ANALYST, Role.READER])
def test_every_page_is_shown_to_everybody_and_acts_to_those_who_may(client, full, cast, priority, who):
    if who != "public":
        client.force_login(cast.people[who].user)
    addresses = [reverse(f"strategy:{name}") for name in (*LISTS, "reviews", "recommendations")]
    addresses += [full[key].get_absolute_url() for key in ("action", "indicator", "review", "recommendation", "run")]
    addresses.append(priority.get_absolute_url())
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, address
        acts = [
            mark for mark in ("/change/", "/withdraw/", "/new/action/", "/decide/") if mark in page.content.decode()
        ]
        assert who == Role.ANALYST or not acts, address
    page = client.get(priority.get_absolute_url()).content.decode()
    assert full["action"].title in page and "Open it" in page and "10.00" in page


@pytest.mark.parametrize("name", [*LISTS, "reviews"])
def test_lists_are_exported(client, full, name):
    if name in ("plan_governance", "plan_vision"):
        return
    answer = client.get(reverse(f"strategy:{name}"), {"format": "csv"})
    assert len(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()) >= 2


def test_the_list_of_actions_is_searched_sorted_and_costs_the_same_for_many(client, action, analyst, priority, cast):
    url = reverse("strategy:plan")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    with_one = cost()
    for n in range(24):
        made = Action.objects.create(title=f"Number {n:02d}", description="d", owner=cast.agencies["LT00"])
        made.priorities.add(priority)
    assert cost() == with_one <= 12
    for asked in ({"q": "test line"}, {"q": action.identifier}, {"q": cast.agencies["FI1C"].name}):
        assert [a.pk for a in client.get(url, asked).context["page"]] == [action.pk]
    assert len(client.get(url, {"priority": priority.identifier}).context["page"]) == 25
    assert not client.get(url, {"state": "done"}).context["page"].object_list
    for sort in ("id", "title", "owner", "since", "until", "state"):
        up = [a.pk for a in client.get(url, {"sort": sort}).context["page"]]
        assert up == list(reversed([a.pk for a in client.get(url, {"sort": f"-{sort}"}).context["page"]])) or sort in (
            "since",
            "until",
        )
    assert client.get(url, {"sort": "since"}).context["page"][0].pk == action.pk, "unknown days come last"


def test_indicators_cost_the_same_for_few_and_for_many(client, full, action):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("strategy:plan_indicators")).status_code == 200
        return len(seen)

    with_one = cost()
    Indicator.objects.bulk_create(Indicator(action=action, name=f"N {n}", unit="u") for n in range(20))
    assert cost() == with_one


def test_an_action_is_written_on_the_page_and_a_fault_keeps_what_was_typed(client, priority, analyst, cast):
    client.force_login(analyst.user)
    url = reverse("strategy:plan_new", args=["action"]) + f"?priority={priority.number}"
    assert client.get(url).context["form"].initial["priorities"] == [priority.pk]
    typed = {
        "title": "A joint line",
        "description": "Two laboratories.",
        "language": "en",
        "priorities": [priority.pk],
        "owner": cast.agencies["LT00"].pk,
        "since": "2026-05-01",
        "until": "2026-04-01",
    }
    answer = client.post(url, typed)
    assert answer.status_code == 400 and "Two laboratories." in answer.content.decode()
    answer = client.post(url, {**typed, "until": "2027-04-01"})
    made = Action.objects.get()
    assert answer.status_code == 302 and answer["Location"] == made.get_absolute_url()
    change = reverse("strategy:plan_change", args=["action", made.pk])
    given = {**typed, "until": "2027-04-01", "title": "Another", "expected": 1}
    assert client.post(change, given).status_code == 400, "a reason is asked for"
    assert client.post(change, {**given, "reason": "a better name"}).status_code == 302
    stale = client.post(change, {**given, "title": "A third", "reason": "mine"})
    assert stale.status_code == 400 and "A third" in stale.content.decode() and "Another" in stale.content.decode()
    assert client.post(change, {**given, "title": "A third", "reason": "mine", "expected": 2}).status_code == 302


def test_a_code_of_the_catalogue_fills_in_what_is_empty(client, action, analyst):
    client.force_login(analyst.user)
    url = reverse("strategy:plan_new", args=["indicator"]) + f"?action={action.pk}"
    typed = {"code": "rco 16", "language": "pl", "silent_after": 200}
    assert client.post(url, typed).status_code == 302
    made = Indicator.objects.get()
    assert (made.code, made.unit, made.programme) == ("RCO16", "udziały", "ERDF, policy objective 1")
    assert client.post(url, {"code": "OWN1", "language": "en", "silent_after": 200}).status_code == 400


def test_every_kind_of_entry_can_be_written_changed_and_withdrawn_on_its_page(client, full, analyst, priority, cast):
    client.force_login(analyst.user)
    action, run = full["action"], full["run"]
    body = Body.objects.get()
    kinds = {
        "milestone": (f"action={action.pk}", {"title": "M", "due": "2027-01-01"}),
        "budget": (
            f"action={action.pk}",
            {"source": "National", "year": 2027, "spent": "5.50", "currency": "pln", "note": "n"},
        ),
        "value": (f"indicator={full['indicator'].pk}", {"on": "2026-01-01", "value": "2", "note": "n"}),
        "risk": (
            f"priority={priority.number}",
            {
                "title": "R",
                "language": "en",
                "likelihood": 1,
                "impact": 1,
                "measure": "m",
                "owner": cast.agencies["PL84"].pk,
                "state": "open",
            },
        ),
        "body": (f"run={run.pk}", {"name": "B", "task": "t", "language": "en"}),
        "seat": (f"body={body.pk}", {"role": "chair", "person": analyst.pk, "since": "2026-01-01"}),
    }
    from hansa.strategy.plan.views.entries import KINDS

    assert set(KINDS) == {*kinds, "action", "indicator"}
    for kind, (parent, typed) in kinds.items():
        url = reverse("strategy:plan_new", args=[kind])
        assert client.get(url).status_code == 404, "an entry belongs somewhere"
        assert client.post(f"{url}?{parent}", typed).status_code == 302, kind
        made = KINDS[kind].model.objects.order_by("-pk").first()
        change = reverse("strategy:plan_change", args=[kind, made.pk])
        assert client.get(change).status_code == 200
        assert client.post(change, {**typed, "reason": "r", "expected": 1}).status_code == 302, kind
        for name in ("plan_withdraw", "plan_put_back"):
            assert client.post(reverse(f"strategy:{name}", args=[kind, made.pk]), {"reason": "r"}).status_code == 302
    assert client.post(
        reverse("strategy:plan_state", args=[action.pk, "running"]), {"reason": "r", "expected": "planned"}
    )
    action.refresh_from_db()
    assert action.state == "running"


def test_a_review_is_planned_opened_decided_and_closed_on_its_pages(client, run, final, analyst):
    client.force_login(analyst.user)
    day = timezone.localdate().isoformat()
    assert client.post(reverse("strategy:plan_review"), {"run": run.pk, "planned_for": day}).status_code == 302
    review = run.reviews.get()
    assert client.get(review.get_absolute_url()).status_code == 200
    answer = client.post(reverse("strategy:open_review", args=[review.pk]), {"strength_fall": "0.5"})
    assert answer.status_code == 302
    assert "has not changed" in client.get(review.get_absolute_url()).content.decode()
    for item in review.items.all():
        url = reverse("strategy:decide_review", args=[item.pk])
        assert client.post(url, {"decision": "keep"}).status_code == 400
        assert (
            client.post(url, {"decision": "reopen" if item.priority == final else "keep", "reason": "r"}).status_code
            == 302
        )
    final.refresh_from_db()
    assert final.state == Priority.State.RETURNED
    assert client.post(reverse("strategy:close_review", args=[review.pk]), {"minutes": "We met."}).status_code == 302


@pytest.mark.parametrize("name", ["plan_new", "plan_change", "plan_withdraw", "plan_state"])
def test_who_may_not_is_turned_away(client, action, cast, name):
    args = {"plan_new": ["action"], "plan_state": [action.pk, "running"]}.get(name, ["action", action.pk])
    url = reverse(f"strategy:{name}", args=args)
    assert client.get(url).status_code == 302, "sign in first"
    client.force_login(cast.people[Role.READER].user)
    assert client.post(url, {"reason": "r"}).status_code == 403
