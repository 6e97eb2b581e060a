"""Step 4: criteria, what is computed and what judged, and a ranking that says how firm it is."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hansa.network.faults import Refused
from hansa.network.models import AuditNote, Organisation, Participation, Project, Role
from hansa.strategy.actions import move
from hansa.strategy.models import Criterion, CriterionScore, PriorityMove, Step, StepResult
from hansa.strategy.parts import parts
from hansa.strategy.stepwork import projects
from hansa.strategy.stepwork.actions import add_criterion, begin_criteria, edit_criterion, judge, set_rule, weigh
from hansa.strategy.stepwork.assessing import MEASURES, assess, defaults
from hansa.strategy.stepwork.rule import Rule, rule_of
from hansa.strategy.stepwork.verifying import verify


@pytest.fixture
def criteria(run, analyst):
    set_rule(analyst, run, Rule(draws=200), reason="few draws do for a test")
    return {each.code: each for each in begin_criteria(analyst, run, reason="our defaults do")}


def test_the_criteria_we_begin_with_are_whole(db):
    for each in defaults():
        assert each["title"] and each["titles"]["pl"] and each["description"] and each["descriptions"]["pl"]
        assert each["weight"] > 0
        assert (each["origin"] == "computed") == (each.get("measure") in MEASURES)
    assert len({each["code"] for each in defaults()}) == len(defaults())


def test_a_run_without_criteria_has_no_ranking_and_says_so(run, priority):
    assert assess(run) is None
    sentences = [str(o.sentence) for o in parts.obstacles_of([priority])[priority.pk] if o.step == Step.ASSESS]
    assert sentences == ["The run has no criteria of potential abroad yet."]


def test_computed_values_are_those_of_the_verification(run, criteria):
    found = assess(run)
    column = {criterion.code: n for n, criterion in enumerate(found.criteria)}
    verified = verify(list(found.priorities))
    for row, priority in enumerate(found.priorities):
        regions = verified[priority.pk].regions
        known = [each.measured for each in regions if each.measured is not None]
        assert found.observed.values[row, column["regions-holding"]] == pytest.approx(sum(known) / len(known))
        assert found.observed.values[row, column["mean-quotient"]] == pytest.approx(verified[priority.pk].mean_quotient)


def test_the_score_is_the_weighted_mean_of_what_is_known(run, criteria, analyst):
    found = assess(run)
    weights = np.array([criterion.weight for criterion in found.criteria])
    for row in found.rows:
        known = [(w, v) for w, v in zip(weights, row.normalised, strict=True) if v is not None]
        assert row.score == pytest.approx(sum(w * v for w, v in known) / sum(w for w, _v in known))
        assert row.coverage == pytest.approx(sum(w for w, _v in known) / weights.sum())
    judged = {code for code, criterion in criteria.items() if criterion.origin == "judged"}
    assert judged and all(row.coverage < 1 for row in found.rows)  # nobody has judged yet


def test_judges_count_with_their_median_and_a_judge_of_regions_with_the_mean(
    run, criteria, priority, analyst, broker, cast
):
    exports = criteria["exports"]
    judge(analyst, exports, priority, score=5, evidence="the customs statistics")
    for code, score in (("PL84", 1), ("FI1C", 2)):
        judge(broker, exports, priority, score=score, evidence="a survey", region=cast.regions[code])
    told = assess(run).judged[exports.pk, priority.pk]
    assert (told.count, told.median, told.lowest, told.highest) == (2, 3.25, 1.5, 5)
    judge(broker, exports, priority, score=3, evidence="a better survey")  # of all regions together: that one counts
    assert assess(run).judged[exports.pk, priority.pk].median == 4


def test_a_score_is_replaced_and_can_be_taken_back(run, criteria, priority, broker):
    exports = criteria["exports"]
    judge(broker, exports, priority, score=2, evidence="a survey")
    judge(broker, exports, priority, score=4, evidence="a better survey", source="Statistics office, 2025")
    assert list(CriterionScore.objects.values_list("score", "source")) == [(4, "Statistics office, 2025")]
    judge(broker, exports, priority, score=None)
    assert not CriterionScore.objects.exists()
    assert AuditNote.objects.filter(verb="take_back_score").count() == 1


def test_a_score_needs_evidence_a_scale_and_a_judged_criterion_of_its_run(run, criteria, priority, broker, cast):
    with pytest.raises(Refused, match="rests on"):
        judge(broker, criteria["exports"], priority, score=3, evidence=" ")
    with pytest.raises(Refused, match="0 to 5"):
        judge(broker, criteria["exports"], priority, score=6, evidence="a survey")
    with pytest.raises(Refused, match="computed"):
        judge(broker, criteria["demand"], priority, score=3, evidence="a survey")
    with pytest.raises(IntegrityError), transaction.atomic():
        CriterionScore.objects.create(
            criterion=criteria["exports"], priority=priority, judge=broker, score=-1, evidence="x"
        )


def test_weights_need_a_reason_and_turn_the_ranking(run, criteria, analyst, priority):
    before = [row.priority.pk for row in assess(run).rows]
    last = before[-1]
    exports = criteria["exports"]
    for row, pk in enumerate(before):
        judge(analyst, exports, run.priorities.get(pk=pk), score=5 if pk == last else row % 2, evidence="a survey")
    nothing = {each.pk: 0.0 for each in criteria.values()}
    with pytest.raises(Refused, match="Say why"):
        weigh(analyst, run, {**nothing, exports.pk: 1.0}, {}, reason="")
    with pytest.raises(Refused, match="above zero"):
        weigh(analyst, run, nothing, {}, reason="none matters")
    with pytest.raises(Refused, match="below zero"):
        weigh(analyst, run, {exports.pk: -1.0}, {}, reason="it counts against")
    weigh(analyst, run, {**nothing, exports.pk: 1.0}, {}, reason="exports alone count")
    assert assess(run).rows[0].priority.pk == last
    weigh(analyst, run, {}, {exports.pk: -1}, reason="the fewer exports the better")
    assert assess(run).rows[-1].priority.pk == last
    assert AuditNote.objects.filter(verb="weigh_criteria").count() == 2


def test_the_rank_interval_holds_the_median_and_the_probabilities_add_up(run, criteria, analyst):
    found = assess(run)
    assert found.rule.draws == 200
    for name in ("around", "uniform"):
        assert sum(getattr(row, name)["in_top"] for row in found.rows) == pytest.approx(min(3, len(found.order)))
        for row in found.rows:
            told = getattr(row, name)
            assert told["low"] <= told["median"] <= told["high"]


def test_a_turn_named_by_the_page_turns_the_ranking(run, criteria, analyst):
    found = assess(run)
    if len(found.order) < 2 or not found.turns_first:
        pytest.skip("the small table has no turn of the first place")
    turn = found.turns_first[0]
    criterion = found.criteria[turn.criterion]
    beyond = max(turn.weight + (turn.change > 0 or -1) * 0.001, 0.0)
    weigh(analyst, run, {criterion.pk: beyond}, {}, reason="beyond the turn")
    assert assess(run).rows[0].priority != found.rows[0].priority


def test_assessing_keeps_scores_weights_seed_and_intervals(run, criteria, priority, analyst):
    for verb in (PriorityMove.Verb.VERIFY, PriorityMove.Verb.REFINE, PriorityMove.Verb.ASSESS):
        priority = move(analyst, priority, verb, reason="the figures carry it")
    kept = StepResult.objects.get(priority=priority, step=Step.ASSESS)
    row = next(each for each in assess(run).rows if each.priority.pk == priority.pk)
    assert (kept.data["score"], kept.data["place"], kept.data["around"]) == (row.score, row.place, row.around)
    assert (kept.parameters["seed"], kept.parameters["draws"]) == (1, 200)
    assert kept.parameters["weights"] == {code: each.weight for code, each in criteria.items()}
    assert kept.open_points == ["2 judged criteria have no score."]
    assert parts.findings[Step.ASSESS](priority).data == kept.data


def test_a_criterion_of_one_s_own_is_judged_and_can_be_changed(run, criteria, priority, analyst):
    made = add_criterion(
        analyst, run, reason="the partners asked for it", title="Ports", titles={"pl": "Porty"}, weight=3
    )
    assert made.origin == Criterion.Origin.JUDGED
    judge(analyst, made, priority, score=3, evidence="the port's report")
    edit_criterion(analyst, made, reason="a clearer name", title="Sea ports", weight=1.0)
    assert str(Criterion.objects.get(pk=made.pk)) == "Sea ports"
    with pytest.raises(Refused, match="title"):
        edit_criterion(analyst, made, reason="none", title=" ")


def test_the_next_version_of_a_run_takes_the_criteria_over(run, criteria, analyst, cast):
    from hansa.strategy.actions import start_run
    from hansa.strategy.proposal import Parameters

    edit_criterion(analyst, criteria["exports"], reason="a clearer name", title="Sold abroad", weight=7.0)
    later = start_run(
        analyst,
        title="A run",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=40),
        based_on=run,
        note="smaller sizes count",
    )
    made = {each.code: each for each in begin_criteria(analyst, later, reason="as before")}
    assert (made["exports"].title, made["exports"].weight) == ("Sold abroad", 7.0)
    assert rule_of(later) == rule_of(run) == Rule(draws=200)
    with pytest.raises(Refused, match="already"):
        begin_criteria(analyst, later, reason="again")


def test_the_rule_is_kept_with_the_run_and_needs_a_reason(run, analyst):
    assert rule_of(run) == Rule()
    with pytest.raises(Refused, match="Say why"):
        set_rule(analyst, run, Rule(top_k=5), reason="")
    set_rule(analyst, run, Rule(top_k=5), reason="the partnership wants five")
    assert rule_of(run) == Rule(top_k=5)


def test_joint_projects_cross_a_border_and_begin_in_a_region_of_the_run(run, cast):
    def project(number, *codes):
        made = Project.objects.create(source="test", number=number, title="Sawing wood", language="en")
        for code in codes:
            organisation = Organisation.objects.create(
                name=f"{number} {code}", region=cast.regions[code], country=cast.regions[code].country
            )
            Participation.objects.create(project=made, organisation=organisation)
        return made

    across = project("1", "PL84", "FI1C")
    project("2", "PL84", "PL84")
    abroad = project("3", "DE60", "LT00")
    assert projects.crossing(["PL84"]) == [across]
    assert projects.crossing(["PL84", "DE60"]) == [across, abroad]


def test_projects_touch_the_domains_their_words_resemble(run):
    labels = [
        ("NACE", "16", "en", "Manufacture of wood and of products of wood and cork"),
        ("NACE", "62", "en", "Computer programming, consultancy and related activities"),
        ("NACE", "10", "en", "Manufacture of food products"),
        ("NACE", "31", "en", "Manufacture of furniture"),
        ("NACE", "72", "en", "Scientific research and development"),
    ]
    wood = Project(pk=1, title="Products of wood and cork for building", language="en")
    code = Project(pk=2, title="Computer programming for consultancy", language="en")
    near = projects._nearest([wood, code], labels)
    assert "16" in near[1] and "62" in near[2]
    assert all(len(each) <= projects.CLOSEST for each in near.values())


def test_without_labels_or_projects_the_number_of_joint_projects_is_unknown(run, criteria):
    found = assess(run)
    column = [criterion.code for criterion in found.criteria].index("joint-projects")
    assert all(row.values[column] is None for row in found.rows)


def test_demand_counts_what_brokers_published(run, criteria, priority, cast):
    from hansa.brokerage.models import Request

    def request(number, state):
        Request.objects.create(
            reference=f"R-{number}",
            type="technology_request",
            state=state,
            priority=priority,
            agency=cast.agencies["PL84"],
            region=cast.regions["PL84"],
            broker=cast.people[Role.BROKER],
            language="en",
            title="Saw blades",
            summary="Saw blades",
            published_at=None if state == "draft" else timezone.now(),
        )

    for number, state in enumerate(("draft", "published", "closed", "withdrawn")):
        request(number, state)
    found = assess(run)
    column = [criterion.code for criterion in found.criteria].index("demand")
    counted = {row.priority.pk: row.values[column] for row in found.rows}
    assert counted.pop(priority.pk) == 2
    assert set(counted.values()) <= {0.0}
