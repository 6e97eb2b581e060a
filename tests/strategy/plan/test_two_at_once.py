"""Two people at the same moment, in transactions of their own."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.brokerage.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_write_one_vision_at_once_one_is_told_of_the_other(run, analyst):
    from hansa.strategy.plan import actions

    vision = actions.new_vision(analyst, run, language="en", reason="the partnership asked for one")
    made = at_once(
        *[
            lambda n=n: actions.edit_vision(analyst, vision, language="en", text=f"Text {n}", reason="mine", expected=0)
            for n in range(4)
        ]
    )
    conflicts = [each for each in made if isinstance(each, actions.Conflict)]
    vision.refresh_from_db()
    assert len(conflicts) == 3 and vision.revision == 1
    assert {each.theirs.text for each in conflicts} == {vision.text}


def test_a_review_opened_twice_at_once_is_opened_once(run, analyst):
    from hansa.strategy.plan import actions

    review = actions.plan_review(analyst, run, planned_for=timezone.localdate())
    made = at_once(*[lambda: actions.open_review(analyst, review)] * 3)
    assert sum(isinstance(each, type(review)) for each in made) == 1
    assert review.items.count() == run.priorities.count()


def test_one_recommendation_is_taken_up_once(run, analyst, cast):
    from hansa.strategy.recommendations import actions

    found = actions.collect(title="t", text="t", language="en", region=cast.regions["PL84"])
    made = at_once(*[lambda: actions.take_up(analyst, found, reason="good")] * 3)
    assert sum(isinstance(each, type(found)) for each in made) == 1
    assert found.moves.count() == 2
