"""The answer of the solver as it is stored, by keys, and as sentences with names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hansa.brokerage.explanations import reader_language
from hansa.network.countries import country_name

if TYPE_CHECKING:
    from hansa.matching import Reason
    from hansa.matching.teams import Clash, Gap, Rule, TeamAnswer, Without

Kept = Mapping[str, Any]
Names = Mapping[str, str]
"""Names by key: `o12` an organisation, `r5` a role."""


def rule_kept(rule: Rule) -> dict[str, Any]:
    return {"code": rule.code, "subject": rule.subject, "number": rule.number}


def gap_kept(gap: Gap) -> dict[str, Any]:
    return rule_kept(gap.rule) | {"params": dict(gap.params)}


def reason_kept(reason: Reason) -> dict[str, Any]:
    return reason.as_json()


def kept(answer: TeamAnswer) -> dict[str, Any]:
    """What is stored of an answer; candidates have rows of their own."""
    return {
        "score": answer.score,
        "bound": answer.bound,
        "method": answer.method,
        "version": answer.version,
        "gaps": [gap_kept(gap) for gap in answer.gaps],
        "reasons": [reason_kept(reason) for reason in answer.reasons],
        "coordinator": answer.coordinator,
        "clash": _clash_kept(answer.clash),
        "places": [
            {
                "member": place.member,
                "role": place.role,
                "only": list(place.only),
                "holds_up": [rule_kept(rule) for rule in place.holds_up],
                "reasons": [reason_kept(reason) for reason in place.reasons],
                "without": _without_kept(place.without),
            }
            for place in answer.places
        ],
    }


def _clash_kept(clash: Clash | None) -> dict[str, Any] | None:
    if clash is None:
        return None
    return {
        "rules": [rule_kept(rule) for rule in clash.rules],
        "give_up": [rule_kept(rule) for rule in clash.give_up],
        "smallest": clash.smallest,
    }


def _without_kept(without: Without | None) -> dict[str, Any] | None:
    if without is None:
        return None
    return {
        "score": without.score,
        "loss": without.loss,
        "comes": [list(pair) for pair in without.comes],
        "goes": [list(pair) for pair in without.goes],
        "clash": _clash_kept(without.clash),
    }


def say_rule(rule: Kept, names: Names) -> str:
    from hansa.matching.teams import say

    return say(_rule(rule, names), reader_language())


def say_gap(gap: Kept, names: Names) -> str:
    from hansa.matching.teams import Gap, say

    params = {key: _named(value, names, key) for key, value in gap["params"].items()}
    return say(Gap(_rule(gap, names), params), reader_language())


def say_reason(reason: Kept, names: Names) -> str:
    from hansa.matching import Reason
    from hansa.matching.teams import say

    params = {key: _named(value, names, key) for key, value in reason["params"].items()}
    return say(Reason(reason["signal"], reason["contribution"], reason["code"], params), reader_language())


def _rule(kept_rule: Kept, names: Names) -> Rule:
    from hansa.matching.teams import Rule

    rule = Rule(kept_rule["code"], kept_rule["subject"], kept_rule["number"])
    return rule if rule.code == "helix" else replace(rule, subject=names.get(rule.subject, rule.subject))


def _named(value: Any, names: Names, key: str) -> Any:
    if isinstance(value, list):
        return [_named(one, names, key) for one in value]
    if key == "places" and isinstance(value, str) and len(value) == 2:
        return country_name(value)
    return names.get(value, value) if isinstance(value, str) else value


def keys_in(kept_answer: Kept) -> set[int]:
    """Keys of all organisations that an answer names, wherever they stand in it."""
    return {int(key[1:]) for key in _strings(kept_answer) if key[:1] == "o" and key[1:].isdecimal()}


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
