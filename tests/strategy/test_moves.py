"""A priority's way: who may move it, what needs a reason, and that nothing of its history is lost."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.network.permissions import may
from hansa.strategy.actions import (
    PERMISSION,
    SOURCES,
    Part,
    latest_to_undo,
    merge,
    move,
    possible_verbs,
    recompute,
    snapshot,
    split,
    start_run,
    undo,
)
from hansa.strategy.comparing import compare
from hansa.strategy.figures import store
from hansa.strategy.models import EvidenceCopy, Priority, PriorityMove, Step
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


def test_steps_rename_return_drop_and_take_up_again_keep_identifier_and_history(priority, cast):
    analyst = cast.people[Role.ANALYST]
    identifier = priority.identifier
    for verb in (Verb.VERIFY, Verb.REFINE, Verb.ASSESS, Verb.FINALISE):
        priority = move(analyst, priority, verb, reason="the figures carry it")
    assert priority.state == State.FINAL
    priority = move(analyst, priority, Verb.RENAME, title="Wood and furniture", reason="its people call it so")
    priority = move(analyst, priority, Verb.RETURN, step=Step.VERIFY, reason="the figures of one region are old")
    priority = move(analyst, priority, Verb.DROP, reason="a national priority covers it")
    priority = move(analyst, priority, Verb.RESTORE, reason="new figures")
    assert (priority.identifier, priority.state, priority.title) == (identifier, State.INITIAL, "Wood and furniture")
    verbs = [m.verb for m in priority.moves.order_by("at", "pk")]
    assert verbs == ["propose", "verify", "refine", "assess", "finalise", "rename", "return", "drop", "restore"]
    assert AuditNote.objects.filter(record_type="strategy.priority", record_id=str(priority.pk)).count() == 8


@pytest.mark.parametrize("verb", sorted(SOURCES))
def test_the_analyst_can_do_nothing_without_a_reason(priority, run, cast, verb):
    Priority.objects.filter(pk=priority.pk).update(state=sorted(SOURCES[verb] - {State.RETURNED})[0])
    other = run.priorities.exclude(pk=priority.pk).first()
    with pytest.raises(Refused, match="Say why"):
        act(cast.people[Role.ANALYST], verb, priority, other, reason="  ")
    assert priority.moves.count() == 1


def act(actor, verb, priority, other, reason):
    """One verb with all that it needs but the reason."""
    if verb == Verb.MERGE:
        return merge(actor, priority, [other], reason=reason)
    if verb == Verb.SPLIT:
        return split(actor, priority, [Part("a", priority.domains[:1]), Part("b", priority.domains)], reason=reason)
    return move(actor, priority, verb, reason=reason, title="Another title", step=Step.VERIFY)


@pytest.mark.parametrize(
    ("step", "reopened", "then"),
    [
        (Step.VERIFY, {Step.VERIFY, Step.REFINE, Step.ASSESS, Step.FINALISE}, State.VERIFIED),
        (Step.REFINE, {Step.REFINE, Step.FINALISE}, State.ASSESSED),
        (Step.ASSESS, {Step.ASSESS, Step.FINALISE}, State.ASSESSED),
        (Step.FINALISE, {Step.FINALISE}, State.FINAL),
    ],
)
def test_a_return_reopens_only_what_rests_on_the_step(priority, cast, step, reopened, then):
    analyst = cast.people[Role.ANALYST]
    for verb in Step.values:
        priority = move(analyst, priority, verb, reason="the figures carry it")
    priority = move(analyst, priority, Verb.RETURN, step=step, reason="look again")
    assert possible_verbs(priority)[0] == step
    assert set(priority.results.filter(reopened_at__isnull=False).values_list("step", flat=True)) == reopened
    priority = move(analyst, priority, step, reason="looked again")
    assert (priority.state, priority.reopened) == (then, "")


def test_a_return_names_a_step_that_was_passed(priority, cast):
    analyst = cast.people[Role.ANALYST]
    priority = move(analyst, priority, Verb.VERIFY, reason="the figures carry it")
    for step in ("", Step.ASSESS, "nonsense"):
        with pytest.raises(Refused):
            move(analyst, priority, Verb.RETURN, step=step, reason="look again")


def test_a_merge_keeps_one_identifier_and_can_be_undone(run, cast):
    analyst = cast.people[Role.ANALYST]
    first, second = run.priorities.order_by("number")[:2]
    first = move(analyst, first, Verb.VERIFY, reason="the figures carry it")
    before = snapshot(first), snapshot(second), first.figures.count()
    merged = merge(analyst, first, [second], reason="one value chain", title="Both")
    second.refresh_from_db()
    assert (merged.number, merged.state, merged.reopened) == (first.number, State.RETURNED, Step.VERIFY)
    assert set(merged.domains) == {*before[0]["domains"], *before[1]["domains"]}
    assert (second.state, second.merged_into) == (State.MERGED, merged) and not second.is_open
    assert merged.figures.count() == before[2] + second.figures.count()
    with pytest.raises(Refused, match=merged.identifier):
        undo(analyst, second.moves.first(), reason="no")
    restored = undo(analyst, latest_to_undo(merged), reason="two chains after all")
    second.refresh_from_db()
    assert (snapshot(restored), snapshot(second), restored.figures.count()) == before
    assert second.moves.first().verb == Verb.UNDO


def test_a_split_makes_new_priorities_and_can_be_undone_while_they_are_untouched(run, cast):
    analyst = cast.people[Role.ANALYST]
    parent = merge(analyst, *_first_and_rest(run), reason="to have something to split")
    into = [Part("One", parent.domains[:1]), Part("Two", parent.domains[1:])]
    one, two = split(analyst, parent, into, reason="two chains")
    parent.refresh_from_db()
    assert parent.state == State.SPLIT
    assert [one.domains, two.domains] == [parent.domains[:1], parent.domains[1:]]
    assert one.figures.count() + two.figures.count() == parent.figures.count()
    assert one.number < two.number and one.split_from == parent
    move(analyst, one, Verb.VERIFY, reason="good figures")
    with pytest.raises(Refused, match=one.identifier):
        undo(analyst, latest_to_undo(parent), reason="no")
    undo(analyst, latest_to_undo(one), reason="not yet")
    with pytest.raises(Refused, match=one.identifier):
        undo(analyst, latest_to_undo(parent), reason="its history says it moved")


def _first_and_rest(run):
    first, *others = run.priorities.order_by("number")[:2]
    return first, others


@pytest.mark.parametrize(
    "into",
    [
        [],
        [Part("One", ("10",))],
        [Part("One", ("10",)), Part("", ("16",))],
        [Part("One", ("10",)), Part("Two")],
        [Part("One", ("10",)), Part("Two", ("99",))],
    ],
)
def test_a_split_needs_two_titled_parts_of_what_is_there(priority, cast, into):
    Priority.objects.filter(pk=priority.pk).update(domains=["10", "16"])
    with pytest.raises(Refused):
        split(cast.people[Role.ANALYST], priority, into, reason="because")


def test_two_people_never_move_one_priority_past_each_other(priority, cast):
    analyst = cast.people[Role.ANALYST]
    move(analyst, priority, Verb.VERIFY, reason="seen", expected=State.INITIAL)
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
            move(cast.people[role], priority, Verb.VERIFY, reason="I may not")
    priority.refresh_from_db()
    assert priority.state == State.INITIAL


@given(st.lists(st.tuples(st.sampled_from([*SOURCES, Verb.UNDO]), st.sampled_from(Step.values)), max_size=10))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leaves_the_table_and_every_move_can_be_undone(run, cast, acts):
    analyst = cast.people[Role.ANALYST]
    with transaction.atomic():
        priority, other = run.priorities.order_by("number")[:2]
        for n, (verb, step) in enumerate(acts):
            priority.refresh_from_db()
            before, moves = snapshot(priority), priority.moves.count()
            possible = verb in possible_verbs(priority)
            try:
                if verb == Verb.UNDO:
                    made = latest_to_undo(priority)
                    possible = made is not None and not (made.verb == Verb.MERGE and priority.state == State.MERGED)
                    earlier = made.before if made else None
                    undo(analyst, made, reason="because") if made else None
                elif verb in (Verb.MERGE, Verb.SPLIT):
                    act(analyst, verb, priority, other, "because")
                else:
                    move(analyst, priority, verb, reason="because", title=f"title {n}", step=step)
            except Refused:
                priority.refresh_from_db()
                assert (snapshot(priority), priority.moves.count()) == (before, moves)
                continue
            priority.refresh_from_db()
            if verb == Verb.UNDO:
                assert earlier is None or snapshot(priority) == earlier
                continue
            assert possible and priority.moves.count() == moves + 1
            standing = set(priority.results.filter(reopened_at__isnull=True).values_list("step", flat=True))
            assert priority.state != State.FINAL or standing == set(Step.values)
            assert (priority.state == State.RETURNED) == bool(priority.reopened)
        transaction.set_rollback(True)


def test_a_run_computed_again_from_its_kept_evidence_gives_the_same_digits(run, figures):
    found = recompute(run)
    assert found.same and found.digest == run.digest and found.largest_difference == 0.0
    assert run.result and EvidenceCopy.objects.count() == 1
    store().remove(figures.name)
    assert recompute(run).same, "the evidence of a run is kept with it"


def test_a_run_whose_kept_result_was_touched_says_so(run):
    run.result[0]["figures"][0]["location_quotient"] += 0.5
    run.digest = "0" * 64
    found = recompute(run)
    assert not found.same and found.largest_difference == pytest.approx(0.5)


def test_the_next_version_needs_a_note_and_is_compared_with_the_first(run, cast):
    analyst, regions = cast.people[Role.ANALYST], list(cast.regions.values())
    stricter = Parameters(min_size=50, threshold=1.4)
    with pytest.raises(Refused, match="what this version changes"):
        start_run(analyst, title="A run", regions=regions, parameters=stricter, based_on=run)
    second = start_run(analyst, title="A run", regions=regions, parameters=stricter, based_on=run, note="stricter")
    assert (second.version, str(second)) == (2, "A run (v2)")
    compared = compare(run, second)
    assert [(d.name, d.before, d.after) for d in compared.differences] == [("threshold", 1.0, 1.4)]
    paired = {pair.before.pk for pair in compared.pairs} | {each.pk for each in compared.lost}
    assert paired == set(run.priorities.values_list("pk", flat=True))
    same = compare(run, run)
    assert not same.differences and not same.gained and not same.lost
    assert all(pair.overlap == 1.0 and pair.before == pair.after for pair in same.pairs)


def test_the_reference_area_changes_the_quotients_and_is_kept(run, cast):
    analyst, regions = cast.people[Role.ANALYST], list(cast.regions.values())
    pair = [cast.regions["PL84"], cast.regions["LT00"]]
    narrow = start_run(
        analyst,
        title="Two",
        regions=pair,
        parameters=Parameters(min_size=50, threshold=0.5),
        reference=["PL", "LT", "FI"],
    )
    wide = start_run(analyst, title="Three", regions=pair, parameters=Parameters(min_size=50, threshold=0.5))
    quotient = {
        each.title: {(f["region"], f["domain"]): f["location_quotient"] for p in each.result for f in p["figures"]}
        for each in (narrow, wide)
    }
    both = quotient["Two"].keys() & quotient["Three"].keys()
    assert both and all(quotient["Two"][key] != quotient["Three"][key] for key in both)
    assert recompute(narrow).same
    with pytest.raises(Refused, match="XX"):
        start_run(analyst, title="No", regions=regions, parameters=Parameters(min_size=50), reference=["XX"])
    with pytest.raises(Refused, match="1999"):
        start_run(analyst, title="No", regions=regions, parameters=Parameters(min_size=50), year=1999)
