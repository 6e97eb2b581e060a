"""A priority's way: who may move it, what needs a reason, and that nothing of its history is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.network.permissions import may
from hansa.strategy.actions import NEEDS_REASON, PERMISSION, TRANSITIONS, move, possible_verbs, start_run
from hansa.strategy.models import Priority, PriorityMove
from hansa.strategy.proposal import Parameters

Verb, State = PriorityMove.Verb, Priority.State


@pytest.fixture
def run(cast, figures):
    return start_run(
        cast.people[Role.ANALYST],
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )


@pytest.fixture
def priority(run):
    return run.priorities.order_by("number")[0]


def test_a_run_keeps_its_rule_its_evidence_and_the_figures_behind_each_priority(run, figures):
    assert run.parameters == Parameters(min_size=50).as_json()
    assert (run.table, run.year, run.evidence_version) == (figures.name, 2014, figures.version)
    for priority in run.priorities.all():
        held = priority.figures.filter(role="holds")
        assert held.count() >= 1
        for figure in held:
            row, column = figures.row_of[figure.figures_from], figures.column_of[figure.domain]
            assert figure.location_quotient == pytest.approx(figures.location_quotient[row, column])
            assert figure.location_quotient >= run.parameters["threshold"]
        assert [m.verb for m in priority.moves.all()] == [Verb.PROPOSE]


def test_identifiers_go_on_and_are_never_given_twice(run, cast, figures):
    first = list(run.priorities.values_list("number", flat=True))
    again = start_run(
        cast.people[Role.ANALYST],
        title="Again",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
    )
    second = list(again.priorities.values_list("number", flat=True))
    assert min(second) == max(first) + 1


def test_accept_rename_return_drop_and_take_up_again_keep_identifier_and_history(priority, cast):
    analyst = cast.people[Role.ANALYST]
    identifier = priority.identifier
    priority = move(analyst, priority, Verb.ACCEPT)
    priority = move(analyst, priority, Verb.RENAME, title="Wood and furniture")
    priority = move(analyst, priority, Verb.RETURN, reason="the figures of one region are old")
    priority = move(analyst, priority, Verb.DROP, reason="a national priority covers it")
    priority = move(analyst, priority, Verb.RESTORE, reason="new figures")
    assert (priority.identifier, priority.state, priority.title) == (identifier, State.INITIAL, "Wood and furniture")
    verbs = [m.verb for m in priority.moves.order_by("at", "pk")]
    assert verbs == ["propose", "accept", "rename", "return", "drop", "restore"]
    assert AuditNote.objects.filter(record_type="strategy.priority", record_id=str(priority.pk)).count() == 5


@pytest.mark.parametrize("verb", sorted(NEEDS_REASON))
def test_without_a_reason_nothing_is_returned_dropped_or_taken_up_again(priority, cast, verb):
    sources, _target = TRANSITIONS[verb]
    Priority.objects.filter(pk=priority.pk).update(state=sorted(sources)[0])
    with pytest.raises(Refused):
        move(cast.people[Role.ANALYST], priority, verb, reason="  ")
    assert priority.moves.count() == 1


def test_two_people_never_move_one_priority_past_each_other(priority, cast):
    analyst = cast.people[Role.ANALYST]
    move(analyst, priority, Verb.ACCEPT, expected=State.INITIAL)
    with pytest.raises(Refused):
        move(analyst, priority, Verb.DROP, reason="not seen", expected=State.INITIAL)
    priority.refresh_from_db()
    assert priority.state == State.VERIFIED


def test_a_run_without_figures_or_with_one_region_is_refused(cast, figures):
    analyst = cast.people[Role.ANALYST]
    with pytest.raises(Refused):
        start_run(analyst, title="one", regions=[cast.regions["PL84"]], parameters=Parameters(min_size=50))
    nowhere = cast.regions["PL84"].__class__.objects.create(
        code="XX00", nuts_version="2016", level=2, country="XX", name="Nowhere", name_latin="Nowhere"
    )
    with pytest.raises(Refused, match="Nowhere"):
        start_run(analyst, title="two", regions=[cast.regions["PL84"], nowhere], parameters=Parameters(min_size=50))


MAY = {
    "strategy.start_run": {Role.ANALYST, Role.LEAD_PARTNER},
    **{permission: {Role.ANALYST, Role.LEAD_PARTNER} for permission in PERMISSION.values()},
}


@pytest.mark.parametrize("permission", sorted(MAY))
@pytest.mark.parametrize("role", [*Role.values, "public"])
def test_every_role_against_every_action(cast, permission, role):
    person = cast.people.get(role)
    assert may(person, permission) == (role in MAY[permission])


def test_an_action_refuses_what_the_role_does_not_allow(priority, cast):
    for role in (Role.BROKER, Role.READER, Role.COORDINATOR, Role.FACILITY_MANAGER):
        with pytest.raises(Forbidden):
            move(cast.people[role], priority, Verb.ACCEPT)
    priority.refresh_from_db()
    assert priority.state == State.INITIAL


@given(st.lists(st.sampled_from(list(TRANSITIONS)), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leaves_the_table_of_transitions(priority, cast, verbs):
    analyst = cast.people[Role.ANALYST]
    Priority.objects.filter(pk=priority.pk).update(state=State.INITIAL, title="start")
    priority.refresh_from_db()
    for step, verb in enumerate(verbs):
        before, moves = priority.state, priority.moves.count()
        allowed = verb in possible_verbs(priority)
        try:
            priority = move(analyst, priority, verb, reason="because", title=f"title {step}")
        except Refused:
            assert not allowed
            priority.refresh_from_db()
            assert (priority.state, priority.moves.count()) == (before, moves)
        else:
            assert allowed
            assert priority.state == (TRANSITIONS[verb][1] or before)
            assert priority.moves.count() == moves + 1
