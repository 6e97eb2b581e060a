"""What the page of a team shows: roles with candidates, members, the consortium and why, all in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.brokerage.explanations import Explanation, explain, missing_signals
from hansa.brokerage.models import Team, TeamCandidate, TeamMember, TeamRole
from hansa.brokerage.teams import queries, words
from hansa.brokerage.teams.search import HELICES
from hansa.network.models import Organisation

SHOWN_FIRST = 5


@dataclass(frozen=True)
class ShownCandidate:
    candidate: TeamCandidate
    reasons: list[Explanation]
    meets: list[str]
    breaks: list[str]
    chosen: bool


@dataclass(frozen=True)
class ShownRole:
    role: TeamRole
    holders: list[TeamMember]
    candidates: list[ShownCandidate]
    more: list[ShownCandidate]


@dataclass(frozen=True)
class Swap:
    """What happens without a member: who would come and who would go, or the rules that clash then."""

    loss: float | None
    comes: list[str]
    goes: list[str]
    clash: list[str]


@dataclass(frozen=True)
class ShownPlace:
    organisation: Organisation | None
    role: str
    fixed: bool
    coordinator: bool
    reasons: list[str]
    holds_up: list[str]
    only: list[str]
    swap: Swap | None


@dataclass(frozen=True)
class Fitting:
    organisation: Organisation | None
    beside: str
    score: float
    reasons: list[Explanation]


def context(shown: Team) -> dict[str, Any]:
    """All parts of the page; the number of queries does not depend on how much there is."""
    answer = shown.answer or {}
    roles, decided = list(shown.roles.all()), queries.members_of(shown)
    known = queries.organisations_named(words.keys_in(answer))
    names = {f"o{pk}": one.name for pk, one in known.items()} | {f"r{role.pk}": role.name for role in roles}
    inside = {f"o{one.organisation_id}" for one in decided if one.standing == TeamMember.Standing.IN}
    chosen = {place["member"]: place["role"] for place in answer.get("places", ())}
    clash = answer.get("clash") or {}
    return {
        "team": shown,
        "roles": _roles(roles, decided, queries.candidates_of(shown), chosen, names),
        "decided": decided,
        "inside": [one for one in decided if one.standing == TeamMember.Standing.IN],
        "outside": [one for one in decided if one.standing == TeamMember.Standing.OUT],
        "gaps": [words.say_gap(gap, names) for gap in answer.get("gaps", ())],
        "places": [_place(place, answer, known, names, inside) for place in answer.get("places", ())],
        "parts": [
            (words.say_reason(reason, names), reason["contribution"])
            for reason in sorted(answer.get("reasons", ()), key=lambda r: -r["contribution"])
        ],
        "helix": [str(label) for key, label in Organisation.Helix.choices if HELICES.get(key) in shown.helix],  # type: ignore[call-overload]
        "score": answer.get("score"),
        "could_gain": _could_gain(answer),
        "method": answer.get("method"),
        "version": answer.get("version"),
        "clash": [words.say_rule(rule, names) for rule in clash.get("rules", ())],
        "give_up": [words.say_rule(rule, names) for rule in clash.get("give_up", ())],
        "unknown": answer.get("unknown"),
        "missing": missing_signals(answer.get("missing", ())),
        "fits": [_fitting(one, known, names) for one in answer.get("fits", ())],
        "open_roles": [role for role in roles if sum(one.role_id == role.pk for one in decided) < role.number],
    }


def _roles(
    roles: list[TeamRole],
    decided: list[TeamMember],
    candidates: list[TeamCandidate],
    chosen: dict[str, str | None],
    names: words.Names,
) -> list[ShownRole]:
    left_out = {one.organisation_id for one in decided}
    by_role: dict[int, list[ShownCandidate]] = {role.pk: [] for role in roles}
    for one in candidates:
        if one.organisation_id in left_out:
            continue
        by_role[one.role_id].append(
            ShownCandidate(
                candidate=one,
                reasons=explain(one.reasons),
                meets=[words.say_rule(rule, names) for rule in one.meets],
                breaks=[words.say_rule(rule, names) for rule in one.breaks],
                chosen=chosen.get(f"o{one.organisation_id}") == f"r{one.role_id}",
            )
        )
    return [
        ShownRole(
            role,
            [one for one in decided if one.role_id == role.pk],
            by_role[role.pk][:SHOWN_FIRST],
            by_role[role.pk][SHOWN_FIRST:],
        )
        for role in roles
    ]


def _place(
    place: words.Kept, answer: words.Kept, known: dict[int, Organisation], names: words.Names, inside: set[str]
) -> ShownPlace:
    return ShownPlace(
        organisation=known.get(int(place["member"][1:])),
        role=names.get(place["role"] or "", ""),
        fixed=place["member"] in inside,
        coordinator=place["member"] == answer.get("coordinator"),
        reasons=[words.say_reason(reason, names) for reason in place["reasons"] if reason["contribution"] > 0],
        holds_up=[words.say_rule(rule, names) for rule in place["holds_up"]],
        only=list(place["only"]),
        swap=_swap(place["without"], names),
    )


def _swap(without: words.Kept | None, names: words.Names) -> Swap | None:
    if without is None:
        return None
    return Swap(
        loss=without["loss"],
        comes=[_in_role(pair, names) for pair in without["comes"]],
        goes=[_in_role(pair, names) for pair in without["goes"]],
        clash=[words.say_rule(rule, names) for rule in (without["clash"] or {}).get("rules", ())],
    )


def _in_role(pair: list[str | None], names: words.Names) -> str:
    role, member = pair
    name = names.get(member or "", member or "")
    return f"{name} ({names[role]})" if role in names else name


def _could_gain(answer: words.Kept) -> float | None:
    score, bound = answer.get("score"), answer.get("bound")
    return None if score is None or bound is None else max(0.0, bound - score)


def _fitting(one: words.Kept, known: dict[int, Organisation], names: words.Names) -> Fitting:
    reasons = [dict(reason) for reason in one["reasons"]]
    for reason in reasons:
        told = reason["params"].get("organisations")
        if told is not None:
            reason["params"] = reason["params"] | {"organisations": [names.get(key, key) for key in told]}
    return Fitting(known.get(int(one["member"][1:])), names.get(one["with"], ""), one["score"], explain(reasons))
