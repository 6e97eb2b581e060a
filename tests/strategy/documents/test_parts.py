"""The chapters of every part of the room, on a run in which every part has records."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from hansa.strategy.actions import move
from hansa.strategy.documents import composing
from hansa.strategy.documents.blocks import Text, all_runs, numbers_of, words_of
from hansa.strategy.documents.references import resolve
from hansa.strategy.models import (
    Action,
    Body,
    BudgetLine,
    Document,
    Indicator,
    IndicatorValue,
    Milestone,
    Recommendation,
    RegionalPriority,
    ReviewItem,
    Risk,
    Seat,
    Step,
    Theme,
    ThemeDomain,
)

KINDS = Document.Kind.values
EXPECTED = {
    "strategy": {
        "vision",
        "governance",
        "common_sets",
        "themes",
        "verification",
        "trends",
        "potential",
        "consultations",
        "actions",
        "indicators",
        "risks",
        "reviews",
        "recommendations",
    },
    "summary": {"vision", "potential", "consultations", "actions"},
    "annex": {
        "common_sets",
        "themes",
        "verification",
        "trends",
        "potential",
        "consultations",
        "exercise",
        "indicators",
    },
    "dossier": set(),
}


@pytest.fixture
def full(run, cast, analyst, lead):
    """A run with members, tags, results of all steps, a consultation, a plan, a review and a recommendation."""
    standing = run.priorities.exclude(state__in=["merged", "split", "dropped"]).order_by("number")
    first = standing.first()
    first.themes = ["timber"]
    first.save()
    theme = Theme.objects.create(code="timber", name="Building with wood", names={"pl": "Budowanie z drewna"})
    ThemeDomain.objects.create(theme=theme, domain=first.domains[0], weight=0.8, note="what it is made of")
    for code in ("PL84", "FI1C", "LT00"):
        member = RegionalPriority.objects.create(region=cast.regions[code], title=f"Wood in {code}", language="en")
        first.members.add(member)
    sets(run, analyst)
    steps(run, first, analyst, cast.people["broker"])
    consultation(run, standing, analyst)
    move(analyst, first, "finalise", reason="people agree")
    plan(run, first, cast, analyst, lead)
    Recommendation.objects.create(
        title="Buy timber",
        text="Public buildings of wood.",
        region=cast.regions["PL84"],
        public_since=timezone.now(),
        state=Recommendation.State.TAKEN_UP,
    )
    return run


def sets(run, analyst):
    from hansa.strategy.sets import actions
    from hansa.strategy.sets.rule import SetRule

    actions.compute_sets(analyst, run, SetRule())


def steps(run, first, analyst, broker):
    from hansa.strategy.stepwork import actions

    for title in ("Dearer energy", "Cheaper sensors"):
        actions.add_trend(analyst, kind="market", title=title, source="A report on the outlook", year=2025)
    made = actions.open_round(analyst, run, reason="trends are collected")
    from hansa.strategy.models import Trend

    for person, value in ((analyst, 1), (broker, -1)):
        actions.rate(person, made, first, {trend.pk: actions.Given(value) for trend in Trend.objects.all()})
    actions.close_round(analyst, made, reason="both have rated")
    actions.begin_criteria(analyst, run, reason="our defaults")
    for step in (Step.VERIFY, Step.REFINE, Step.ASSESS):
        first.refresh_from_db()
        move(analyst, first, step, reason="it carries")


def consultation(run, standing, analyst):
    from hansa.strategy.consultations import actions

    held = actions.create_consultation(
        analyst,
        run,
        title="What shall we do?",
        intro="",
        texts={},
        deadline=timezone.now() + timedelta(days=3),
        targets={"business": 0.4, "academia": 0.2, "government": 0.2, "civil": 0.2},
        reason="step five",
    )
    asked = actions.add_round(
        analyst,
        held,
        kind="vote",
        question="Shall we?",
        items=[actions.Asked(priority=each) for each in standing],
        reason="to ask",
    )
    handed = actions.invite(analyst, held, [actions.Invited(helix="business") for _ in range(8)])
    actions.open_consultation(analyst, held, reason="ready", address="http://localhost/")
    asked.refresh_from_db()
    if asked.state == "waiting":
        asked = actions.open_round(analyst, asked, reason="now")
    items = list(asked.items.all())
    for n, each in enumerate(handed):
        said = {
            item.pk: actions.Said(value=1 if n % 3 else -1, text="Mind the forests." if n == 0 else "")
            for item in items
        }
        actions.answer(each.token, asked, said)
    actions.close_consultation(analyst, held, reason="all have answered")
    from hansa.strategy.models import Point

    for point in Point.objects.all():
        actions.reply_to_point(analyst, point, verdict="partly", reason="the plan limits felling")


def plan(run, first, cast, analyst, lead):
    from hansa.strategy.plan import actions

    owner = cast.agencies["FI1C"]
    made = actions.keep(
        analyst,
        Action(),
        {
            "title": "A test line",
            "description": "Tests.",
            "priorities": [first],
            "owner": owner,
            "until": date(2028, 1, 1),
        },
    )
    actions.keep(analyst, Milestone(action=made), {"title": "Built", "due": date(2027, 5, 1)})
    line = {"source": "Interreg", "year": 2027, "planned": Decimal("1000.50"), "note": "the application"}
    actions.keep(analyst, BudgetLine(action=made), line)
    indicator = actions.keep(
        analyst,
        Indicator(action=made),
        {
            "code": "RCO01",
            "name": "Enterprises supported",
            "unit": "enterprises",
            "baseline": Decimal(0),
            "baseline_year": 2026,
            "baseline_source": "register",
            "target": Decimal(40),
            "target_year": 2029,
            "target_source": "application",
        },
    )
    value = {"on": timezone.localdate(), "value": Decimal(3), "note": "list of firms"}
    actions.keep(analyst, IndicatorValue(indicator=indicator), value)
    risk = {"title": "Dear timber", "likelihood": 3, "impact": 4, "measure": "two suppliers", "owner": owner}
    actions.keep(analyst, Risk(action=made), risk)
    body = actions.keep(lead, Body(run=run), {"name": "Steering group", "task": "Decides."})
    actions.keep(lead, Seat(body=body), {"role": "chair", "organisation": owner, "since": date(2026, 1, 1)})
    vision = actions.new_vision(analyst, run, language="en", reason="a first one")
    text = "Wood from many hands."
    vision = actions.edit_vision(analyst, vision, language="en", text=text, reason="agreed", expected=vision.revision)
    signed = {"signatory": "The director", "on": date(2026, 5, 1), "basis": "resolution", "organisation": owner}
    actions.sign_vision(lead, vision, **signed)
    review = actions.open_review(analyst, actions.plan_review(analyst, run, planned_for=timezone.localdate()))
    for item in review.items.all():
        actions.decide(analyst, item, decision=ReviewItem.Verdict.KEEP, reason="still carried")


def composed(run, kind, language="en"):
    return composing.compose(run, kind, language)


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_its_chapter(full, kind):
    keys = {chapter.key for chapter in composed(full, kind).chapters}
    assert keys >= EXPECTED[kind], EXPECTED[kind] - keys


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_every_part_resolves_to_its_record(full, kind, language):
    numbers = list(numbers_of(composed(full, kind, language)))
    assert len(numbers) > 5
    for number in numbers:
        assert resolve(number.reference) == number.value, number
        assert number.reference.source and number.reference.label


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_stands_in_the_parts_own_words(full, kind, language):
    from tests.strategy.documents.test_content import ALLOWED

    for text in all_runs(composed(full, kind, language)):
        if isinstance(text, Text) and text.kind == "":
            assert not re.search(r"\d", ALLOWED.sub("", text.text)), text.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_speak_polish_in_polish_documents(full, kind):
    english, polish = composed(full, kind, "en"), composed(full, kind, "pl")
    own = [
        (a.text, b.text)
        for a, b in zip(all_runs(english), all_runs(polish), strict=True)
        if isinstance(a, Text) and a.kind == ""
    ]
    assert [a for a, b in own if a == b and len(re.findall(r"[A-Za-z]{3,}", a)) >= 2] == []


def test_no_person_is_named_and_no_answer_told_of_too_few(full, analyst):
    said = " ".join(words_of((run,)) for run in all_runs(composed(full, "strategy")))
    assert "Mind the forests." in said and "the plan limits felling" in said
    assert not re.search(rf"\b{re.escape(analyst.name)}\b", said)
    assert "1,000.50" in said and "Enterprises supported" in said and "Wood from many hands." in said


def test_the_dossier_knows_the_records_of_the_parts(full):
    chapters = {c.key: c for c in composed(full, "dossier").chapters}
    for key in ("bottlenecks", "body", "monitoring", "discovery", "research", "transition"):
        assert "no record yet" not in words_of(chapters[f"criterion_{key}"].blocks[0].runs), key
