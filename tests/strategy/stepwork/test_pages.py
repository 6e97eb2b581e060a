"""Steps 2 to 4 as pages: a partnership's analyst and a second assessor go through them alone."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.network.models import Role
from hansa.strategy.models import Criterion, CriterionScore, Priority, RatingRound, Trend, TrendRating
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.assessing import assess
from hansa.strategy.stepwork.refining import refine
from hansa.strategy.stepwork.rule import Rule


@pytest.fixture
def sign_in(client, cast):
    def as_(role):
        client.force_login(cast.people[role].user)
        return client

    return as_


def page(client, name, *args, **query):
    found = client.get(reverse(f"strategy:{name}", args=args), query)
    assert found.status_code == 200
    return found


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_analyst_and_a_second_assessor_refine_alone(run, priority, sign_in):
    """Register, blind round, the group seen, and the result: all by the forms."""
    client = sign_in(Role.ANALYST)
    trend = {"kind": "market", "title": "Dearer energy", "language": "en", "source": "A report", "year": 2024}
    assert client.post(reverse("strategy:new_trend"), trend).status_code == 302
    key = Trend.objects.get().pk
    turn = reverse("strategy:turn_round", args=[run.pk])
    rate = reverse("strategy:rate", args=[priority.number])
    client.post(turn, {"reason": "the trends are collected"})
    client.post(rate, {f"rating-{key}": "2", f"comment-{key}": "most plants burn gas"})
    sign_in(Role.BROKER)
    first = client.get(rate).content.decode()
    assert "most plants burn gas" not in first and "The group before" not in first
    client.post(rate, {f"rating-{key}": "-1"})
    assert client.post(turn, {"reason": "x"}).status_code == 403
    sign_in(Role.ANALYST)
    client.post(turn, {"reason": "both have rated"})
    client.post(turn, {"reason": "they disagree"})
    sign_in(Role.BROKER)
    second = client.get(rate).content.decode()
    assert "median +0.5, from −1 to +2, 2 assessors" in second and "You said −1." in second
    client.post(rate, {f"rating-{key}": "1"})
    sign_in(Role.ANALYST)
    client.post(turn, {"reason": "enough"})
    assert refine([priority])[priority.pk].resilience == 1.5
    assert "+1.50" in page(client, "refine_priority", priority.number).content.decode()


def test_a_rating_form_with_a_fault_keeps_what_was_typed(run, priority, trends, analyst, sign_in):
    actions.open_round(analyst, run, reason="to begin")
    one, two, _three = trends
    given = {f"rating-{one.pk}": "2", f"comment-{two.pk}": "said without a rating"}
    found = sign_in(Role.BROKER).post(reverse("strategy:rate", args=[priority.number]), given)
    text = found.content.decode()
    assert found.status_code == 400 and "said without a rating" in text and "needs a rating" in text
    assert found.context["form"][f"rating-{one.pk}"].value() == "2"
    assert not TrendRating.objects.exists()


def test_an_analyst_and_a_second_judge_assess_alone(run, priority, sign_in):
    client = sign_in(Role.ANALYST)
    assert "Begin with criteria" in page(client, "assess", run=run.pk).content.decode()
    client.post(reverse("strategy:begin_criteria", args=[run.pk]), {"reason": "our defaults do"})
    rule = {**Rule(draws=200, top_k=1).as_json(), "reason": "one winner"}
    assert client.post(reverse("strategy:step_rule", args=[run.pk]), rule).status_code == 302
    exports = Criterion.objects.get(run=run, code="exports")
    judge = reverse("strategy:judge", args=[priority.number])
    scores = {f"score-{exports.pk}": "4", f"evidence-{exports.pk}": "the customs statistics"}
    assert client.post(judge, scores).status_code == 302
    sign_in(Role.BROKER)
    refused = client.post(judge, {f"score-{exports.pk}": "2"})
    assert refused.status_code == 400 and "Say what the score rests on" in refused.content.decode()
    client.post(judge, {f"score-{exports.pk}": "2", f"evidence-{exports.pk}": "a survey"})
    assert CriterionScore.objects.count() == 2
    sign_in(Role.ANALYST)
    criteria = list(Criterion.objects.filter(run=run))
    weights = {f"weight-{c.pk}": "1" if c == exports else "0" for c in criteria}
    weights |= {f"direction-{c.pk}": "1" for c in criteria}
    assert client.post(reverse("strategy:criteria", args=[run.pk]), weights).status_code == 400
    client.post(reverse("strategy:criteria", args=[run.pk]), {**weights, "reason": "exports alone count"})
    shown = page(client, "assess", run=run.pk)
    assert shown.context["found"].rows[0].priority == priority
    assert shown.context["found"].judged[exports.pk, priority.pk].median == 3
    assert "intervals-spec" in shown.content.decode()


def test_a_score_for_one_region_and_a_region_the_run_does_not_have(run, priority, analyst, sign_in):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    exports = Criterion.objects.get(run=run, code="exports")
    client = sign_in(Role.BROKER)
    address = reverse("strategy:judge", args=[priority.number])
    client.post(address + "?region=PL84", {f"score-{exports.pk}": "3", f"evidence-{exports.pk}": "a survey"})
    assert CriterionScore.objects.get().region.code == "PL84"
    assert client.get(address + "?region=XX99").status_code == 404


def test_the_verification_page_shows_the_disagreement_and_takes_the_answer(run, priority, write, sign_in, cast):
    from hansa.strategy.stepwork.verifying import verify

    regions = verify([priority])[priority.pk].regions
    lacking = next(each.region for each in regions if each.measured is False)
    write(lacking.code, priority, title="Timber of the future")
    client = sign_in(Role.ANALYST)
    found = page(client, "verify_priority", priority.number)
    assert found.context["found"].regions[0].region == lacking
    assert "Timber of the future" in found.content.decode()
    address = reverse("strategy:answer_disagreement", args=[priority.number, lacking.code])
    assert address in found.content.decode()
    assert client.post(address, {"answer": "policy"}).status_code == 400
    client.post(address, {"answer": "policy", "reason": "a new sawmill opens"})
    assert "a new sawmill opens" in page(client, "verify_priority", priority.number).content.decode()
    sign_in(Role.BROKER)
    assert client.get(address).status_code == 403


def test_priorities_with_unanswered_disagreements_come_first(run, write, client):
    from hansa.strategy.stepwork.verifying import verify

    last = run.priorities.order_by("-number")[0]
    lacking = next(each.region for each in verify([last])[last.pk].regions if each.measured is False)
    write(lacking.code, last)
    shown = [v.unanswered for v in page(client, "verify", run=run.pk).context["page"].object_list]
    assert shown == sorted(shown, reverse=True) and shown[0] > 0
    by_number = page(client, "verify", run=run.pk, sort="number").context["page"].object_list
    assert [v.priority.number for v in by_number] == sorted(v.priority.number for v in by_number)


@pytest.mark.parametrize("name", ["verify", "refine", "trends", "assess"])
def test_lists_are_read_by_the_public_and_exported(run, priority, trends, analyst, client, name):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    actions.set_rule(analyst, run, Rule(draws=100), reason="few draws do")
    page(client, name)
    rows = rows_of(page(client, name, format="csv"))
    open_ones = run.priorities.exclude(state__in=Priority.CLOSED).count()
    expected = {
        "verify": open_ones * run.regions.count(),
        "refine": open_ones * len(trends),
        "trends": len(trends),
        "assess": open_ones,
    }
    assert len(rows) == expected[name]


@pytest.mark.parametrize("name", ["verify", "refine", "assess"])
def test_the_priorities_of_a_page_are_searched(run, trends, analyst, client, name):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    actions.set_rule(analyst, run, Rule(draws=100), reason="few draws do")
    one = run.priorities.order_by("number")[0]
    assert page(client, name, q=one.identifier).context["page"].paginator.count == 1
    found = page(client, name, q="no such words")
    assert found.context["page"].paginator.count == 0
    assert "No priority answers these words." in found.content.decode()


def test_a_run_whose_priorities_are_all_closed_says_so(run, trends, analyst, client):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    run.priorities.update(state=Priority.State.DROPPED)
    for name in ("verify", "refine", "assess"):
        assert "The run has no open priority." in page(client, name, run=run.pk).content.decode()
        assert rows_of(page(client, name, run=run.pk, format="csv")) == []


def test_where_nothing_disagrees_there_is_nothing_to_answer(run, priority, sign_in):
    client = sign_in(Role.ANALYST)
    address = reverse("strategy:answer_disagreement", args=[priority.number, "PL84"])
    assert client.get(address).status_code == 302
    assert client.get(reverse("strategy:answer_disagreement", args=[priority.number, "XX"])).status_code == 404


def test_the_csv_of_verification_leaves_the_unknown_empty(run, client):
    run.priorities.update(domains=["72"])
    rows = {row["region"]: row for row in rows_of(page(client, "verify", format="csv"))}
    assert rows["PL84"]["location quotient"] == "" and rows["PL84"]["measured"] == ""
    assert rows["DE60"]["location quotient"] != ""


def test_the_register_is_searched_sorted_and_filtered(trends, client):
    found = page(client, "trends", q="sensors").context["page"].object_list
    assert [trend.title for trend in found] == ["Cheaper sensors"]
    assert len(page(client, "trends", kind="society").context["page"].object_list) == 1
    titles = [trend.title for trend in page(client, "trends", sort="-title").context["page"].object_list]
    assert titles == sorted(titles, reverse=True)


@pytest.mark.parametrize("name", ["verify", "refine", "assess"])
def test_the_pages_cost_the_same_for_few_priorities_and_for_many(run, trends, analyst, client, name):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    actions.set_rule(analyst, run, Rule(draws=100), reason="few draws do")
    page(client, name)
    few = queries(client, name)
    Priority.objects.bulk_create(
        Priority(number=1000 + n, run=run, kind="shared", title=f"Priority {n}", domains=["10"], score=1.0)
        for n in range(30)
    )
    page(client, name)
    assert queries(client, name) == few <= 24


def queries(client, name):
    with CaptureQueriesContext(connection) as seen:
        page(client, name)
    return len(seen)


def test_the_board_of_steps_costs_the_same_for_few_and_for_many(run, trends, client):
    page(client, "steps")
    few = queries(client, "steps")
    Priority.objects.bulk_create(
        Priority(number=1000 + n, run=run, kind="shared", title=f"Priority {n}", domains=["10"], score=1.0)
        for n in range(30)
    )
    assert queries(client, "steps") == few


def test_a_priority_s_page_and_a_run_s_lead_to_the_steps(run, priority, trends, analyst, client):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    text = client.get(priority.get_absolute_url()).content.decode()
    for name in ("verify_priority", "refine_priority"):
        assert reverse(f"strategy:{name}", args=[priority.number]) in text
    assert reverse("strategy:assess") in text
    assert reverse("strategy:verify") + f"?run={run.pk}" in client.get(run.get_absolute_url()).content.decode()


def test_who_may_not_is_turned_away_from_every_form(run, priority, trends, analyst, sign_in):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    RatingRound.objects.create(run=run, number=1, opened_by=analyst, opened_because="to begin")
    criterion = Criterion.objects.filter(run=run).last()
    forms = [
        ("new_trend", ()),
        ("trend", (trends[0].pk,)),
        ("withdraw_trend", (trends[0].pk,)),
        ("turn_round", (run.pk,)),
        ("criteria", (run.pk,)),
        ("begin_criteria", (run.pk,)),
        ("new_criterion", (run.pk,)),
        ("criterion", (criterion.pk,)),
        ("step_rule", (run.pk,)),
        ("rate", (priority.number,)),
        ("judge", (priority.number,)),
    ]
    for role, allowed in ((Role.READER, 0), (Role.BROKER, 2), (Role.ANALYST, 11)):
        client = sign_in(role)
        answers = [client.get(reverse(f"strategy:{name}", args=args)).status_code for name, args in forms]
        assert answers == [403] * (11 - allowed) + [200] * allowed


def test_an_empty_installation_says_what_to_do_next(client, db, settings, tmp_path):
    settings.HANSA_HOME = tmp_path
    for name in ("verify", "refine", "trends", "assess"):
        assert "empty" in page(client, name).content.decode()


def test_a_run_without_kept_evidence_is_unknown_throughout(run, priority, client):
    run.evidence = None
    run.save()
    found = page(client, "verify_priority", priority.number)
    assert {each.measured for each in found.context["found"].regions} == {None}
    assert found.context["found"].count("unknown") == run.regions.count()
    page(client, "verify", run=run.pk)


def test_the_ranking_is_the_same_after_every_page(run, analyst, client):
    actions.begin_criteria(analyst, run, reason="our defaults do")
    actions.set_rule(analyst, run, Rule(draws=300, seed=5), reason="few draws do")
    one = [(row.place, row.around) for row in assess(run).rows]
    from hansa.strategy.stepwork import assessing

    assessing._held.clear()
    assert [(row.place, row.around) for row in assess(run).rows] == one
