"""What a team still lacks: open roles and rules that are not met, and why; the sentences for all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hansa.matching.explain import Reason
from hansa.matching.teams.problem import Assignment, Problem, Rule
from hansa.matching.teams.records import HELICES


@dataclass(frozen=True)
class Gap:
    """A rule that a team does not meet, and what was found instead (`params`, filled into its sentence)."""

    rule: Rule
    params: Mapping[str, Any] = field(default_factory=dict)


def gaps_of(problem: Problem, team: Assignment) -> tuple[Gap, ...]:
    """Every rule that `team` does not meet, roles first; empty if it is complete."""
    made = []
    for rule in problem.rules:
        params = shortfall(problem, rule, team)
        if params is not None:
            made.append(Gap(rule, params))
    return tuple(made)


def shortfall(problem: Problem, rule: Rule, team: Assignment) -> dict[str, Any] | None:
    """What a team has instead of what a rule asks, None if the rule is met."""
    if rule.code == "role":
        held = sorted(m for m, role in team.items() if role == rule.subject)
        return None if len(held) >= rule.number else {"found": len(held)}
    if rule.code in ("fewest", "most"):
        met = len(team) >= rule.number if rule.code == "fewest" else len(team) <= rule.number
        return None if met else {"found": len(team)}
    if rule.code in ("include", "exclude"):
        return None if (rule.subject in team) == (rule.code == "include") else {}
    if rule.code == "domain":
        return None if problem.covers[rule.subject] & team.keys() else {}
    if rule.code == "sme_led":
        return _sme_led(problem, team)
    return _of_places(problem, rule, team)


def _of_places(problem: Problem, rule: Rule, team: Assignment) -> dict[str, Any] | None:
    members = [problem.members[m] for m in sorted(team)]
    if rule.code == "helix":
        return None if any(m.helix == rule.subject for m in members) else {}
    if rule.code == "one_per_owner":
        owners = Counter(m.owner for m in members if m.owner is not None)
        twice = sorted(m.id for m in members if m.owner is not None and owners[m.owner] > 1)
        return {"members": twice} if twice else None
    if rule.code in ("at_least", "at_most"):
        found = sum(m.region.startswith(rule.subject) for m in members)
        met = found >= rule.number if rule.code == "at_least" else found <= rule.number
        return None if met else {"found": found}
    if rule.code == "regions":
        level = problem.call.rules.region_level
        return _different({code for m in members if (code := m.region_at(level))}, rule)
    per_country = Counter(m.country for m in members if m.country)
    if rule.code == "countries":
        return _different(set(per_country), rule)
    if rule.code == "least_per_country":
        wrong = sorted(c for c, n in per_country.items() if n < rule.number)
    else:
        wrong = sorted(c for c, n in per_country.items() if n > rule.number)
    return {"places": wrong} if wrong else None


def _different(found: set[str], rule: Rule) -> dict[str, Any] | None:
    return None if len(found) >= rule.number else {"found": len(found), "places": sorted(found) or ["–"]}


def _sme_led(problem: Problem, team: Assignment) -> dict[str, Any] | None:
    leading = {role.id for role in problem.roles.values() if role.leads}
    heads = sorted(m for m, role in team.items() if role in leading) if leading else sorted(team)
    if any(problem.members[m].sme for m in heads):
        return None
    return {"members": heads if leading and heads else ["–"]}


_RULES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "role": "Role {subject} needs members: {number}.",
        "countries": "The members come from at least {number} countries.",
        "regions": "The members come from at least {number} regions.",
        "at_least": "At least {number} from {subject}.",
        "at_most": "At most {number} from {subject}.",
        "least_per_country": "At least {number} from every country that takes part.",
        "most_per_country": "At most {number} from one country.",
        "fewest": "At least {number} members in all.",
        "most": "At most {number} members in all.",
        "sme_led": "The coordinator is an SME.",
        "include": "{subject} takes part.",
        "exclude": "{subject} does not take part.",
        "helix": "Somebody from {subject} takes part.",
        "domain": "Somebody works in {subject}.",
        "one_per_owner": "No two members belong to one owner.",
    },
    "pl": {
        "role": "Rola {subject}: potrzebna liczba członków to {number}.",
        "countries": "Liczba krajów, z których pochodzą członkowie: co najmniej {number}.",
        "regions": "Liczba regionów, z których pochodzą członkowie: co najmniej {number}.",
        "at_least": "Członkowie z {subject}: co najmniej {number}.",
        "at_most": "Członkowie z {subject}: najwyżej {number}.",
        "least_per_country": "Członkowie z każdego uczestniczącego kraju: co najmniej {number}.",
        "most_per_country": "Członkowie z jednego kraju: najwyżej {number}.",
        "fewest": "Liczba członków: co najmniej {number}.",
        "most": "Liczba członków: najwyżej {number}.",
        "sme_led": "Koordynatorem jest MŚP.",
        "include": "{subject} bierze udział.",
        "exclude": "{subject} nie bierze udziału.",
        "helix": "W składzie jest ktoś z grupy: {subject}.",
        "domain": "W składzie jest ktoś z dziedziny {subject}.",
        "one_per_owner": "Żadni dwaj członkowie nie należą do jednego właściciela.",
    },
}
_HELICES: Mapping[str, Mapping[str, str]] = {
    "en": {helix: helix.replace("_", " ") for helix in HELICES},
    "pl": {
        "business": "przedsiębiorstwa",
        "academia": "nauka",
        "government": "administracja",
        "civil_society": "społeczeństwo obywatelskie",
    },
}
_FOUND: Mapping[str, Mapping[str, str]] = {
    "en": {
        "found": " Found: {found}.", "places": " Places: {places}.", "members": " This concerns: {members}.",
        "": " That is not so yet.",
    },
    "pl": {
        "found": " Jest: {found}.", "places": " Miejsca: {places}.", "members": " Dotyczy: {members}.",
        "": " Na razie tak nie jest.",
    },
}  # fmt: skip
_REASONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "fits_role": "{member} suits the role {role}.",
        "covers_domain": "{domain} is covered by {members}.",
        "worked_together": "{members} worked together before.",
    },
    "pl": {
        "fits_role": "{member} pasuje do roli {role}.",
        "covers_domain": "Dziedzinę {domain} obejmuje: {members}.",
        "worked_together": "Pracowali już razem: {members}.",
    },
}


def say(thing: Rule | Gap | Reason, lang: str = "en") -> str:
    """A sentence for a rule, for a gap (the rule and what was found instead) or for a reason of a team, in English or
    Polish; any other language gets English. Raises KeyError for a reason that is not a team's."""
    lang = lang if lang in _RULES else "en"
    if isinstance(thing, Rule):
        subject = _HELICES[lang][thing.subject] if thing.code == "helix" else thing.subject
        return _RULES[lang][thing.code].format(subject=subject, number=thing.number)
    if isinstance(thing, Gap):
        tail = "".join(
            _FOUND[lang][name].format(**{name: _spoken(value)}) for name, value in sorted(thing.params.items())
        )
        return say(thing.rule, lang) + (tail or _FOUND[lang][""])
    return _REASONS[lang][thing.code].format(**{name: _spoken(value) for name, value in thing.params.items()})


def _spoken(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
