"""Two brokers at the same moment, in transactions of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from hansa.network.faults import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts in threads that start together; each result, or the refusal."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            results[place] = act()
        except Refused as fault:
            results[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_one_match_never_has_two_cases(desk):
    from hansa.brokerage import actions
    from hansa.brokerage.models import Case, Introduction

    match = desk.match()
    step = desk.step()
    made = at_once(*[lambda: actions.propose_introduction(desk.broker, match, **step)] * 4)
    assert len({introduction.pk for introduction in made}) == 1
    assert Case.objects.count() == Introduction.objects.count() == 1


def test_two_brokers_who_propose_to_each_other_share_one_case(desk):
    from hansa.brokerage import actions
    from hansa.brokerage.models import Case

    match = desk.match()
    back = desk.match(match.other_request, match.request)
    step = desk.step()
    made = at_once(
        lambda: actions.propose_introduction(desk.broker, match, **step),
        lambda: actions.propose_introduction(desk.abroad, back, **step),
    )
    assert made[0].pk == made[1].pk
    assert Case.objects.count() == 1


def test_a_case_is_never_moved_past_another_broker(desk):
    from hansa.brokerage import actions
    from hansa.brokerage.models import Case, CaseEntry

    case = desk.case()
    actions.answer_introduction(desk.abroad, case, accept=True)
    results = at_once(
        lambda: actions.move_case(desk.broker, case, to_state="in_talks", expected="introduced"),
        lambda: actions.move_case(desk.abroad, case, to_state="declined", refusal="other", expected="introduced"),
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert CaseEntry.objects.filter(case=case, from_state="introduced").count() == 1
    assert Case.objects.get().state in ("in_talks", "declined")


def test_requests_written_at_once_get_different_references(desk):
    from hansa.brokerage.models import Request

    made = at_once(*[desk.draft] * 5)
    assert len({request.reference for request in made}) == 5
    numbers = sorted(int(r.rsplit("-", 1)[1]) for r in Request.objects.values_list("reference", flat=True))
    assert numbers == [1, 2, 3, 4, 5]


def test_two_clicks_at_once_make_one_request(desk):
    from hansa.brokerage.models import Request

    made = at_once(*[lambda: desk.draft(private="the same")] * 5)
    assert len({request.pk for request in made}) == 1 == Request.objects.count()
