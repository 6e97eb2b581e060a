"""No page of steps 2 to 4 shows English to a reader of Polish."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hansa.network.models import Role
from hansa.strategy.models import Criterion
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.rule import Rule
from tests.site.test_translations import english_on, texts_of_records


@pytest.fixture
def addresses(run, priority, analyst, broker, trends):
    for trend in trends:
        trend.title, trend.source, trend.language = "Nazwa trendu", "Raport", "pl"
        trend.save()
    actions.begin_criteria(analyst, run, reason="Tak")
    actions.set_rule(analyst, run, Rule(draws=100), reason="Tak")
    held = actions.open_round(analyst, run, reason="Tak")
    for person in (analyst, broker):
        actions.rate(person, held, priority, {trends[0].pk: actions.Given(1)})
    actions.close_round(analyst, held, reason="Tak")
    actions.open_round(analyst, run, reason="Tak")
    criterion = Criterion.objects.filter(run=run, origin="judged").last()
    actions.judge(broker, criterion, priority, score=3, evidence="Ankieta")
    by_number = ("verify_priority", "refine_priority", "rate", "judge")
    by_run = ("turn_round", "criteria", "new_criterion", "step_rule", "begin_criteria")
    return {
        **{name: reverse(f"strategy:{name}") for name in ("verify", "refine", "trends", "new_trend", "assess")},
        **{name: reverse(f"strategy:{name}", args=[priority.number]) for name in by_number},
        **{name: reverse(f"strategy:{name}", args=[run.pk]) for name in by_run},
        "trend": trends[0].get_absolute_url(),
        "withdraw": reverse("strategy:withdraw_trend", args=[trends[0].pk]),
        "criterion": reverse("strategy:criterion", args=[criterion.pk]),
        "priority": priority.get_absolute_url(),
        "run": run.get_absolute_url(),
    }


def test_no_page_of_the_steps_shows_english_to_a_reader_of_polish(client, cast, figures, run, addresses):
    client.force_login(cast.people[Role.ANALYST].user)
    records = [*texts_of_records(cast, figures), run.title]
    found, silent = {}, []
    for name, address in addresses.items():
        polish = client.get(address, headers={"Accept-Language": "pl"})
        english = client.get(address, headers={"Accept-Language": "en"})
        assert (polish.status_code, english.status_code) == (200, 200), address
        if told := english_on(polish.content.decode(), records):
            found[name] = told
        if not english_on(english.content.decode(), records):
            silent.append(name)
    assert found == {} and silent == []
