"""Who may do what in steps 2 to 4: every role against every act."""

from __future__ import annotations

import pytest

from hansa.network.faults import Forbidden
from hansa.network.models import Role
from hansa.network.permissions import may
from hansa.strategy.stepwork import actions
from hansa.strategy.stepwork.rule import Rule

pytestmark = pytest.mark.django_db

READERS = (*Role.values, "public")
STEER = {Role.ANALYST, Role.LEAD_PARTNER}
ASSESS = set(Role.values) - {Role.READER}
TABLE = {
    "answer_disagreement": STEER,
    "set_step_rule": STEER,
    "manage_trends": STEER,
    "manage_rating_rounds": STEER,
    "rate_trends": ASSESS,
    "manage_criteria": STEER,
    "judge_criteria": ASSESS,
}


@pytest.mark.parametrize("permission", TABLE)
def test_who_may(permission, cast):
    allowed = {who for who in READERS if may(cast.people.get(who), f"strategy.{permission}")}
    assert allowed == TABLE[permission]


def test_no_act_is_left_out_of_the_check(cast, run, priority, trends):
    """A reader is refused by every act itself, not only by the pages."""
    reader = cast.people[Role.READER]
    analyst = cast.people[Role.ANALYST]
    criterion = actions.begin_criteria(analyst, run, reason="to begin")[-1]
    held = actions.open_round(analyst, run, reason="to begin")
    acts = {
        "answer_disagreement": lambda: actions.answer_disagreement(
            reader, priority, cast.regions["PL84"], answer="policy", reason="x"
        ),
        "add_trend": lambda: actions.add_trend(reader, kind="market", title="x", source="x"),
        "edit_trend": lambda: actions.edit_trend(reader, trends[0], reason="x", title="x", source="x"),
        "withdraw_trend": lambda: actions.withdraw_trend(reader, trends[0], reason="x"),
        "restore_trend": lambda: actions.restore_trend(reader, trends[0], reason="x"),
        "open_round": lambda: actions.open_round(reader, run, reason="x"),
        "close_round": lambda: actions.close_round(reader, held, reason="x"),
        "rate": lambda: actions.rate(reader, held, priority, {}),
        "begin_criteria": lambda: actions.begin_criteria(reader, run, reason="x"),
        "weigh": lambda: actions.weigh(reader, run, {}, {}, reason="x"),
        "add_criterion": lambda: actions.add_criterion(reader, run, reason="x", title="x"),
        "edit_criterion": lambda: actions.edit_criterion(reader, criterion, reason="x", title="x"),
        "set_rule": lambda: actions.set_rule(reader, run, Rule(), reason="x"),
        "judge": lambda: actions.judge(reader, criterion, priority, score=1, evidence="x"),
    }
    assert set(acts) == set(actions.__all__) - {"Given"}
    for name, act in acts.items():
        with pytest.raises(Forbidden):
            act()
        assert name
