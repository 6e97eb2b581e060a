"""Entries of the plan: who may write them, that nothing is overwritten unseen, and that money adds up."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.network.permissions import may
from hansa.strategy.actions import merge
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    FundingSource,
    Indicator,
    IndicatorValue,
    Milestone,
    Priority,
    Risk,
    Seat,
)
from hansa.strategy.plan import actions, catalogue, queries
from hansa.strategy.plan.registering import today

State = Action.State


def line(analyst, action, **given):
    values = {"source": "ERDF", "year": 2026, "currency": "EUR", "note": "grant agreement, page 3", **given}
    return actions.keep(analyst, BudgetLine(action=action), values)


def indicator(analyst, **given):
    subject = {key: given.pop(key) for key in ("action", "priority") if key in given}
    values = {"name": "Firms that tested", "unit": "firms", **given}
    return actions.keep(analyst, Indicator(**subject), values)


def test_an_action_serves_several_priorities_and_needs_one(run, cast, analyst, action):
    both = list(run.priorities.order_by("number")[:2])
    changed = actions.keep(analyst, action, {"priorities": both}, reason="it serves both", expected=1)
    assert set(changed.priorities.all()) == set(both) and changed.version == 2
    with pytest.raises(Refused, match="at least one priority"):
        actions.keep(analyst, action, {"priorities": []}, reason="none")


def test_a_change_needs_a_reason_and_leaves_before_and_after(action, analyst):
    with pytest.raises(Refused, match="Say why"):
        actions.keep(analyst, action, {"title": "Another"}, reason=" ")
    actions.keep(analyst, action, {"title": "Another"}, reason="its people call it so")
    note = AuditNote.objects.get(verb="change_action")
    assert note.detail["changed"] == {"title": ["A joint test line", "Another"]}
    assert note.reason == "its people call it so"


def test_the_second_of_two_people_never_overwrites_the_first_unseen(action, analyst):
    actions.keep(analyst, action, {"title": "First"}, reason="first", expected=1)
    with pytest.raises(actions.Stale):
        actions.keep(analyst, action, {"title": "Second"}, reason="second", expected=1)
    action.refresh_from_db()
    assert action.title == "First"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"until": date(2025, 1, 1)}, "ends before"),
        ({"title": ""}, "blank"),
    ],
)
def test_what_does_not_hold_is_refused_in_a_sentence(action, analyst, values, said):
    with pytest.raises(Refused, match=said):
        actions.keep(analyst, action, values, reason="try")


def test_what_is_withdrawn_leaves_lists_and_totals_and_can_be_put_back(action, analyst):
    made = line(analyst, action, planned=Decimal(100))
    with pytest.raises(Refused, match="Say why"):
        actions.withdraw(analyst, made, reason="")
    actions.withdraw(analyst, made, reason="counted twice")
    assert queries.totals(queries.lines(), "currency") == []
    with pytest.raises(Refused, match="already"):
        actions.withdraw(analyst, made, reason="again")
    actions.put_back(analyst, made, reason="it was not")
    assert queries.totals(queries.lines(), "currency")[0]["total_planned"] == 100
    actions.withdraw(analyst, action, reason="not ours")
    assert not queries.actions().exists() and not queries.lines().exists()


def test_a_milestone_is_done_only_with_evidence_and_is_overdue_without(action, analyst, cast):
    yesterday = timezone.localdate() - timedelta(days=1)
    made = actions.keep(analyst, Milestone(action=action), {"title": "Line stands", "due": yesterday})
    assert made.overdue and list(queries.overdue()) == [made]
    assert queries.actions().get().late
    assert any(item.urgent and "Line stands" in item.title for item in today(analyst))
    with pytest.raises(Refused, match="what shows"):
        actions.keep(analyst, made, {"done_on": yesterday, "evidence": " "}, reason="it stands")
    made = actions.keep(analyst, made, {"done_on": yesterday, "evidence": "photograph"}, reason="it stands")
    assert not made.overdue and not queries.overdue().exists()


# Money


def test_missing_is_not_zero_and_currencies_are_not_added(action, analyst):
    line(analyst, action, planned=Decimal("1000.10"), committed=Decimal("400.00"))
    line(analyst, action, source="erdf", planned=Decimal("0.20"))
    line(analyst, action, source="National", year=2027, currency="PLN", spent=Decimal(7))
    assert FundingSource.objects.count() == 2, "a source has one name, whatever the capitals"
    euro, zloty = queries.totals(queries.lines(action=action), "currency")
    assert (euro["total_planned"], euro["total_committed"], euro["total_spent"]) == (
        Decimal("1000.30"),
        Decimal("400.00"),
        None,
    )
    assert (euro["lines"], euro["known_planned"], euro["known_committed"], euro["known_spent"]) == (2, 2, 1, 0)
    assert (zloty["total_planned"], zloty["total_spent"]) == (None, Decimal(7))
    with pytest.raises(Refused, match="at least one amount"):
        line(analyst, action)


def test_more_committed_than_planned_is_said_and_not_forbidden(action, analyst):
    assert line(analyst, action, planned=Decimal(10), committed=Decimal(20), spent=Decimal(30)).doubts == [
        "more is committed than planned",
        "more is spent than committed",
    ]
    assert line(analyst, action, committed=Decimal(20)).doubts == [], "of what is unknown nothing can be said"


def test_a_line_needs_its_source_note_and_no_amount_is_negative(action, analyst):
    for wrong in ({"note": ""}, {"planned": Decimal(-1)}, {"currency": "euro"}, {"source": " "}):
        with pytest.raises(Refused):
            line(analyst, action, **{"planned": Decimal(1), **wrong})


def test_an_action_of_two_priorities_counts_fully_for_each_and_once_in_all(run, action, analyst):
    both = list(run.priorities.order_by("number")[:2])
    actions.keep(analyst, action, {"priorities": both}, reason="it serves both")
    line(analyst, action, planned=Decimal(50))
    assert [queries.totals(queries.lines(priority=p), "currency")[0]["total_planned"] for p in both] == [50, 50]
    assert queries.totals(queries.lines(run=run), "currency")[0]["total_planned"] == 50
    assert queries.totals(queries.lines(run=run), "source_year")[0]["lines"] == 1


def test_what_was_tied_to_a_merged_priority_goes_on_under_the_survivor(run, priority, action, analyst, cast):
    first, second, other = (
        Priority.objects.create(number=900 + n, run=run, kind="shared", title=f"Number {n}", domains=["72"])
        for n in range(3)
    )
    line(analyst, action, planned=Decimal(50))
    own = indicator(analyst, priority=priority)
    late = {"title": "Line stands", "due": timezone.localdate() - timedelta(days=1)}
    actions.keep(analyst, Milestone(action=action), late)
    merge(analyst, first, [priority], reason="one chain")
    merge(analyst, second, [first], reason="and another")
    assert list(queries.tied_to(second)) == [action] and not queries.lines(priority=other).exists()
    assert queries.totals(queries.lines(priority=second), "currency")[0]["total_planned"] == 50
    assert [w.indicator for w in queries.indicators(priority=second)] == [own]
    assert queries.signals_of([second])[second.pk].milestones == ("Line stands",)


amounts = st.none() | st.decimals(0, 10**9, places=2)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(2025, 2027), amounts, amounts, amounts), max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_adds_what_python_adds_to_the_cent(action, rows):
    with transaction.atomic():
        for source, year, planned, committed, spent in rows:
            if (planned, committed, spent) == (None, None, None):
                continue
            found, _made = FundingSource.objects.get_or_create(name=source)
            BudgetLine.objects.create(
                action=action, source=found, year=year, planned=planned, committed=committed, spent=spent, note="n"
            )
        kept = [row for row in rows if row[2:] != (None, None, None)]
        for total in queries.totals(queries.lines(), "source_year"):
            mine = [r for r in kept if (r[0], r[1]) == (total["source__name"], total["year"])]
            for at, name in ((2, "planned"), (3, "committed"), (4, "spent")):
                known = [r[at] for r in mine if r[at] is not None]
                assert total[f"total_{name}"] == (sum(known) if known else None)
                assert total[f"known_{name}"] == len(known)
        for group in ("source", "year", "currency", "action"):
            planned = [t["total_planned"] for t in queries.totals(queries.lines(), group) if t["total_planned"]]
            assert sum(planned) == sum(r[2] for r in kept if r[2] is not None)
        transaction.set_rollback(True)


# Indicators, risks, governance


def test_indicators_that_ask_for_attention_come_first(action, priority, analyst):
    day = timezone.localdate()
    line_of = {
        "baseline": Decimal(0),
        "baseline_year": day.year - 3,
        "baseline_source": "register",
        "target": Decimal(100),
        "target_year": day.year + 1,
        "target_source": "application form",
    }
    good = indicator(analyst, action=action, code="RCO10", **line_of)
    behind = indicator(analyst, priority=priority, code="RCO90", **line_of)
    bare = indicator(analyst, action=action, code="X")
    actions.keep(analyst, IndicatorValue(indicator=good), {"on": day, "value": Decimal(99), "note": "list of firms"})
    actions.keep(analyst, IndicatorValue(indicator=behind), {"on": day, "value": Decimal(1), "note": "list of firms"})
    found = queries.indicators()
    assert [w.indicator for w in found] == [behind, bare, good]
    assert found[0].alerts == ["behind its line"] and found[2].alerts == []
    assert found[1].standing.expected is None and not found[1].standing.urgent
    assert {w.indicator for w in queries.indicators(priority=priority)} == {good, behind, bare}
    with pytest.raises(Refused, match="already"):
        actions.keep(analyst, IndicatorValue(indicator=good), {"on": day, "value": Decimal(5), "note": "again"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"baseline": Decimal(1)},
        {"target": Decimal(1), "target_year": 2027},
        {
            "baseline": Decimal(1),
            "baseline_year": 2027,
            "baseline_source": "x",
            "target": Decimal(2),
            "target_year": 2027,
            "target_source": "x",
        },
    ],
)
def test_a_figure_needs_its_year_its_source_and_an_order(action, analyst, wrong):
    with pytest.raises(Refused):
        indicator(analyst, action=action, **wrong)


def test_an_indicator_or_a_risk_belongs_to_one_thing(action, priority, analyst):
    with pytest.raises(Refused, match="either"):
        indicator(analyst)
    with pytest.raises(Refused, match="either"):
        indicator(analyst, action=action, priority=priority)
    with pytest.raises(IntegrityError), transaction.atomic():
        Indicator.objects.create(name="x", unit="x")


def test_risks_stand_in_the_matrix_where_their_grades_are(action, analyst, cast):
    values = {"title": "No operator", "measure": "train two", "owner": cast.agencies["PL84"]}
    grave = actions.keep(analyst, Risk(action=action), {**values, "likelihood": 5, "impact": 4})
    small = actions.keep(analyst, Risk(action=action), {**values, "likelihood": 1, "impact": 2})
    assert list(queries.risks()) == [grave, small] and grave.level == 20
    assert list(queries.risks(sort="level")) == list(queries.risks(sort="likelihood")) == [small, grave]
    at = {(a, b): here for a, row in queries.matrix(queries.risks()) for b, here in row}
    assert at[5, 4] == [grave] and at[1, 2] == [small] and sum(map(len, at.values())) == 2
    with pytest.raises(Refused):
        actions.keep(analyst, Risk(action=action), {**values, "likelihood": 6, "impact": 4})


def test_a_seat_is_held_by_somebody_for_a_time_that_does_not_end_before_it_begins(run, analyst, cast):
    body = actions.keep(analyst, Body(run=run), {"name": "Steering committee", "task": "decides"})
    with pytest.raises(Refused, match="person or an organisation"):
        actions.keep(analyst, Seat(body=body), {"role": "chair", "since": date(2026, 1, 1)})
    chair = {"role": "chair", "organisation": cast.agencies["DE60"], "since": date(2026, 1, 1)}
    with pytest.raises(Refused, match="ends before"):
        actions.keep(analyst, Seat(body=body), {**chair, "until": date(2025, 1, 1)})
    actions.keep(analyst, Seat(body=body), chair)
    assert [seat.role for seat in queries.bodies(run).get().held] == ["chair"]


def test_the_catalogue_has_every_code_once_in_both_languages_and_says_what_is_to_be_verified():
    found = catalogue.entries()
    codes = [each.code for each in found]
    assert len(codes) == len(set(codes)) == 51
    for each in found:
        assert each.names["en"] and each.names["pl"] and each.units["en"] and each.units["pl"]
        assert "verified" in each.check["en"] and "sprawdzenia" in each.check["pl"]
        assert (each.valid_from, each.valid_to) == (2021, 2027)
    assert catalogue.by_code("rco 16").code == "RCO16" and catalogue.by_code("RCO999") is None


# States


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_an_action_changes_its_state_only_along_the_table(action, analyst, before, after):
    Action.objects.filter(pk=action.pk).update(state=before)
    if after in actions.CHANGES[before]:
        changed = actions.set_state(analyst, action, after, reason="so it is", expected=before)
        assert (changed.state, changed.state_reason) == (after, "so it is")
    else:
        with pytest.raises(Refused):
            actions.set_state(analyst, action, after, reason="so it is")


def test_a_state_needs_a_reason_and_the_state_that_was_seen(action, analyst):
    with pytest.raises(Refused, match="Say why"):
        actions.set_state(analyst, action, State.RUNNING, reason="")
    with pytest.raises(Refused, match="Somebody else"):
        actions.set_state(analyst, action, State.RUNNING, reason="now", expected=State.STOPPED)


@given(st.lists(st.sampled_from(State.values), max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leaves_the_table_of_states(action, analyst, wanted):
    with transaction.atomic():
        state = action.state
        for each in wanted:
            try:
                state_after = actions.set_state(analyst, action, each, reason="because").state
                assert each in actions.CHANGES[state] and state_after == each
                state = each
            except Refused:
                assert each not in actions.CHANGES[state]
        transaction.set_rollback(True)


# Rights: role x permission; on an action of the Finnish agency its own people report

DECIDE = {Role.ANALYST, Role.LEAD_PARTNER}
MAY = {
    "strategy.plan": DECIDE,
    "strategy.report_action": {*DECIDE, "broker abroad"},
    "strategy.edit_vision": DECIDE,
    "strategy.hold_review": DECIDE,
}


@pytest.mark.parametrize("permission", sorted(MAY))
@pytest.mark.parametrize("role", [*Role.values, "broker abroad", "public"])
def test_every_role_against_every_permission(cast, action, permission, role):
    assert may(cast.people.get(role), permission, action) == (role in MAY[permission])


@pytest.mark.parametrize("role", [*Role.values, "broker abroad"])
def test_who_signs_for_an_organisation(cast, role):
    own = may(cast.people[role], "strategy.sign_vision", cast.agencies["PL84"])
    assert own == (role in {Role.ANALYST, Role.COORDINATOR, Role.LEAD_PARTNER})
    assert may(cast.people[role], "strategy.sign_vision", cast.agencies["LT00"]) == (role == Role.LEAD_PARTNER)


def test_an_organisation_reports_on_its_own_action_and_no_other(cast, action, priority, analyst):
    abroad, here = cast.people["broker abroad"], cast.people[Role.BROKER]
    assert line(abroad, action, spent=Decimal(1)).pk
    with pytest.raises(Forbidden):
        line(here, action, spent=Decimal(1))
    with pytest.raises(Forbidden):
        actions.keep(abroad, action, {"title": "Mine"}, reason="I should like to")
    with pytest.raises(Forbidden):
        actions.keep(abroad, Risk(priority=priority), {"title": "x"})
    actions.set_state(abroad, action, State.RUNNING, reason="we began")
