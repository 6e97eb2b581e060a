"""The verbs of steps 2 to 4."""

from hansa.strategy.stepwork.actions.assess import add_criterion, begin_criteria, edit_criterion, judge, set_rule, weigh
from hansa.strategy.stepwork.actions.refine import (
    Given,
    add_trend,
    close_round,
    edit_trend,
    open_round,
    rate,
    restore_trend,
    withdraw_trend,
)
from hansa.strategy.stepwork.actions.verify import answer_disagreement

__all__ = [
    "Given",
    "add_criterion",
    "add_trend",
    "answer_disagreement",
    "begin_criteria",
    "close_round",
    "edit_criterion",
    "edit_trend",
    "judge",
    "open_round",
    "rate",
    "restore_trend",
    "set_rule",
    "weigh",
    "withdraw_trend",
]
