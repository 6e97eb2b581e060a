"""The best team is the best of all teams that a plain loop finds; a clash is one, and no smaller one exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.matching import Hit
from hansa.matching.teams import (
    HELICES,
    Call,
    Member,
    Role,
    Rule,
    Rules,
    TeamWeights,
    best_team,
    gaps,
    say,
    scores_from_hits,
)
from hansa.matching.teams.problem import Problem

REGIONS = ("", "PL", "PL84", "PL845", "LT02", "FI19", "FI1C")
DOMAINS = ("NACE:24", "NACE:24.5", "NACE:62")
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def questions(draw: st.DrawFn, max_rules: int = 3) -> tuple[Call, list[Member], dict[str, dict[str, float]], dict]:
    """Small calls with at most three roles and six members, and a few rules of every kind."""
    ids = [f"m{i}" for i in range(draw(st.integers(1, 6)))]
    members = [
        Member(
            i,
            draw(st.sampled_from(REGIONS)),
            draw(st.sampled_from(("firm", "lab"))),
            tuple(draw(st.sets(st.sampled_from(DOMAINS), max_size=2))),
            draw(st.sampled_from((None, "business", "academia"))),
            draw(st.sampled_from((None, True, False))),
            draw(st.sampled_from((None, "x", "y"))),
        )
        for i in ids
    ]
    leads = draw(st.booleans())
    roles = [
        Role(
            f"r{i}",
            kinds=draw(st.sampled_from(((), ("firm",)))),
            count=1 if leads and i == 0 else draw(st.integers(1, 2)),
            required=(leads and i == 0) or draw(st.booleans()),
            leads=leads and i == 0,
        )
        for i in range(draw(st.integers(1, 3)))
    ]
    value = st.sampled_from((0.0, 0.1, 0.25, 0.5, 0.8, 1.0))
    scores = {role.id: {i: draw(value) for i in ids if draw(st.booleans())} for role in roles}
    team = {}
    if draw(st.booleans()):
        team[ids[0]] = draw(st.sampled_from((None, roles[-1].id)))
    ties = {pair: draw(value) for pair in combinations(ids, 2) if draw(st.integers(0, 3)) == 0}
    rules = Rules(one_per_owner=draw(st.booleans()))
    for name in draw(st.sets(st.sampled_from(sorted(RULES)), max_size=max_rules)):
        rules = replace(rules, **{name: draw(RULES[name](ids))})
    domains = tuple(draw(st.sets(st.sampled_from(DOMAINS), max_size=3)))
    return Call(tuple(roles), rules, domains, team), members, scores, ties


def _number(low: int, high: int):
    return lambda ids: st.integers(low, high)


def _places(low: int, high: int):
    return lambda ids: st.dictionaries(st.sampled_from(("PL", "PL84", "FI")), st.integers(low, high), max_size=2)


RULES = {
    "countries": _number(1, 3),
    "regions": _number(1, 3),
    "region_level": _number(0, 3),
    "at_least": _places(1, 2),
    "at_most": _places(0, 2),
    "least_per_country": _number(1, 2),
    "most_per_country": _number(0, 2),
    "fewest": _number(1, 4),
    "most": _number(0, 4),
    "sme_led": lambda ids: st.just(True),
    "include": lambda ids: st.tuples(st.sampled_from(ids)),
    "exclude": lambda ids: st.tuples(st.sampled_from(ids)),
    "helix": lambda ids: st.tuples(st.sampled_from(HELICES[:2])),
    "domains": lambda ids: st.tuples(st.sampled_from(DOMAINS)),
}


def _all_teams(call: Call, members: list[Member], scores) -> Iterator[dict[str, str | None]]:
    """Every way to give free members one role or none, within the roles' counts; rules aside."""
    kinds = {m.id: m.kind for m in members}
    free = [m.id for m in members if call.team.get(m.id) is None]
    options = [
        [None]
        + [r.id for r in call.roles if scores.get(r.id, {}).get(i, 0) > 0 and (not r.kinds or kinds[i] in r.kinds)]
        for i in free
    ]
    for choice in product(*options):
        team: dict[str, str | None] = dict(call.team)
        team.update({i: r for i, r in zip(free, choice, strict=True) if r is not None})
        held = list(team.values())
        before = list(call.team.values())
        if all(held.count(r.id) <= max(r.count, before.count(r.id)) for r in call.roles):
            yield team


def _has(codes: tuple[str, ...], wanted: str) -> bool:
    return any(code.replace(".", "").startswith(wanted.replace(".", "")) for code in codes)


def _meets(rule: str, subject: str, call: Call, people: Mapping[str, Member], team: Mapping[str, str | None]) -> bool:
    """One rule on one team, written from its description."""
    rules = call.rules
    there = [people[i] for i in team]
    countries = [m.region[:2] for m in there if m.region]
    width = 2 + rules.region_level
    regions = [m.region[:width] for m in there if len(m.region) >= width]
    if rule == "role":
        return list(team.values()).count(subject) >= next(r.count for r in call.roles if r.id == subject)
    if rule == "sme_led":
        lead = [r.id for r in call.roles if r.leads]
        return any(people[i].sme is True and (not lead or team[i] == lead[0]) for i in team)
    owners = [m.owner for m in there if m.owner]
    return {
        "countries": lambda: len(set(countries)) >= rules.countries,
        "regions": lambda: len(set(regions)) >= rules.regions,
        "at_least": lambda: sum(m.region.startswith(subject) for m in there) >= rules.at_least[subject],
        "at_most": lambda: sum(m.region.startswith(subject) for m in there) <= rules.at_most[subject],
        "least_per_country": lambda: all(countries.count(c) >= rules.least_per_country for c in countries),
        "most_per_country": lambda: all(countries.count(c) <= rules.most_per_country for c in countries),
        "fewest": lambda: len(team) >= rules.fewest,
        "most": lambda: len(team) <= rules.most,
        "include": lambda: subject in team,
        "exclude": lambda: subject not in team,
        "helix": lambda: subject in [m.helix for m in there],
        "domain": lambda: any(_has(m.domains, subject) for m in there),
        "one_per_owner": lambda: len(owners) == len(set(owners)),
    }[rule]()


def _score(call: Call, people, scores, ties, weights: TeamWeights, team) -> float:
    slots = sum(r.count for r in call.roles)
    heads = slots + sum(r is None for r in call.team.values())
    pairs = max(1, heads * (heads - 1) // 2)
    kinds = {r.id: r.kinds for r in call.roles}
    fit = sum(
        scores.get(r, {}).get(i, 0)
        for i, r in team.items()
        if r is not None and (not kinds[r] or people[i].kind in kinds[r])
    )
    covered = sum(any(_has(people[i].domains, d) for i in team) for d in call.domains)
    worked = sum(tie for (a, b), tie in ties.items() if a in team and b in team)
    total = weights.fit * fit / slots + weights.ties * worked / pairs
    return total + (weights.coverage * covered / len(call.domains) if call.domains else 0)


def _best_by_loop(call, members, scores, ties, weights=TeamWeights()):  # noqa: B008
    people = {m.id: m for m in members}
    rules = [(r.code, r.subject) for r in Problem(call, members, scores).rules]
    found = [
        _score(call, people, scores, ties, weights, team)
        for team in _all_teams(call, members, scores)
        if all(_meets(code, subject, call, people, team) for code, subject in rules)
    ]
    return max(found, default=None)


@RELAXED
@given(questions(), st.sampled_from(("trying", "model")))
def test_the_best_team_scores_what_the_best_of_all_teams_scores(question, method) -> None:
    call, members, scores, ties = question
    answer = best_team(call, members, scores, ties=ties, method=method, leave_out=False)
    expected = _best_by_loop(call, members, scores, ties)
    if expected is None:
        assert answer.status == "impossible" and answer.score is None and answer.clash is not None
        return
    people = {m.id: m for m in members}
    assert answer.status == "optimal" and answer.gap == 0
    assert answer.score == pytest.approx(expected, abs=1e-8)
    assert answer.score == pytest.approx(_score(call, people, scores, ties, TeamWeights(), answer.team), abs=1e-9)
    assert sum(reason.contribution for reason in answer.reasons) == pytest.approx(answer.score, abs=1e-12)
    assert answer.team in list(_all_teams(call, members, scores))


@RELAXED
@given(questions(max_rules=1), st.sampled_from(sorted(set(RULES) - {"region_level"})), st.data())
def test_each_rule_alone_is_kept(question, name, data) -> None:
    """The same against the loop with exactly one rule beyond the roles, both methods."""
    call, members, scores, ties = question
    ids = [m.id for m in members]
    call = replace(call, rules=replace(Rules(one_per_owner=False), **{name: data.draw(RULES[name](ids))}))
    expected = _best_by_loop(call, members, scores, ties)
    for method in ("trying", "model"):
        answer = best_team(call, members, scores, ties=ties, method=method, leave_out=False)
        assert answer.score == (None if expected is None else pytest.approx(expected, abs=1e-8))


@RELAXED
@given(questions(max_rules=6))
def test_a_clash_is_the_smallest_set_of_rules_without_a_team(question) -> None:
    call, members, scores, ties = question
    answer = best_team(call, members, scores, ties=ties, method="model", leave_out=False)
    if answer.clash is None:
        assert answer.team or answer.score is not None
        return
    people = {m.id: m for m in members}
    teams = list(_all_teams(call, members, scores))
    every = Problem(call, members, scores).rules
    met = [frozenset(r for r in every if _meets(r.code, r.subject, call, people, team)) for team in teams]

    def possible(rules) -> bool:
        return any(set(rules) <= one for one in met)

    clash = answer.clash
    assert clash.smallest and not possible(clash.rules)
    assert not [few for few in combinations(every, len(clash.rules) - 1) if not possible(few)]
    assert possible(set(every) - set(clash.give_up))
    assert len(clash.give_up) == min(len(every) - len(one) for one in met)


@RELAXED
@given(questions())
def test_what_changes_without_a_member_is_the_best_team_of_the_others(question) -> None:
    call, members, scores, ties = question
    answer = best_team(call, members, scores, ties=ties)
    for place in answer.places:
        if place.member in call.team:
            assert place.without is None
            continue
        others = {role: {m: s for m, s in row.items() if m != place.member} for role, row in scores.items()}
        expected = _best_by_loop(call, members, others, ties)
        assert place.without is not None
        if expected is None:
            assert place.without.score is None and place.without.clash is not None
            continue
        assert place.without.score == pytest.approx(expected, abs=1e-8)
        assert place.without.loss == pytest.approx(answer.score - expected, abs=1e-8)
        now = {(role, member) for member, role in answer.team.items()}
        then = (now - set(place.without.goes)) | set(place.without.comes)
        assert (place.role, place.member) in place.without.goes
        assert place.member not in {member for _, member in then}


@RELAXED
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_members_and_scores_changes_nothing(question, rng) -> None:
    call, members, scores, ties = question
    shuffled = list(members)
    rng.shuffle(shuffled)
    turned = {role: dict(reversed(row.items())) for role, row in reversed(scores.items())}
    for method in ("trying", "model"):
        one = best_team(call, members, scores, ties=ties, method=method)
        assert one == best_team(call, shuffled, turned, ties=dict(reversed(ties.items())), method=method)


@RELAXED
@given(questions())
def test_gaps_are_exactly_the_rules_that_the_present_team_does_not_meet(question) -> None:
    call, members, scores, ties = question
    people = {m.id: m for m in members}
    found = gaps(call, members)
    every = Problem(call, members, {}).rules
    assert [g.rule for g in found] == [r for r in every if not _meets(r.code, r.subject, call, people, call.team)]
    assert found == best_team(call, members, scores, ties=ties, leave_out=False).gaps
    for gap in found:
        for lang in ("en", "pl", "lt"):
            assert "{" not in say(gap, lang) and say(gap, lang).endswith(".")


@RELAXED
@given(questions())
def test_a_candidate_is_worth_what_joining_adds_and_tells_the_rules_it_changes(question) -> None:
    call, members, scores, ties = question
    people = {m.id: m for m in members}
    weights = TeamWeights()
    every = Problem(call, members, scores).rules
    for role, listed in best_team(call, members, scores, ties=ties, leave_out=False, shown=99).candidates.items():
        assert [one.rank for one in listed] == list(range(1, len(listed) + 1))
        assert [one.score for one in listed] == sorted((one.score for one in listed), reverse=True)
        for one in listed:
            joined = {**call.team, one.member: role}
            before = _score(call, people, scores, ties, weights, call.team)
            assert one.score == pytest.approx(_score(call, people, scores, ties, weights, joined) - before, abs=1e-9)
            assert one.score == pytest.approx(sum(r.contribution for r in one.reasons), abs=1e-9)
            for rule in every:
                was, now = (_meets(rule.code, rule.subject, call, people, t) for t in (call.team, joined))
                assert (rule in one.breaks) == (was and not now)
                assert (rule in one.meets) == (now and not was and rule.code != "role")


CALL = Call(
    (Role("lead", kinds=("firm",), leads=True), Role("lab", kinds=("lab",)), Role("city", required=False)),
    Rules(countries=2, sme_led=True),
    domains=("NACE:24", "NACE:62"),
)
PEOPLE = [
    Member("alfa", "PL84", "firm", ("NACE:24.53",), "business", sme=True),
    Member("beta", "PL84", "firm", ("NACE:62",), "business", sme=False),
    Member("gama", "PL84", "lab", ("NACE:62",), "academia"),
    Member("delta", "LT02", "lab", (), "academia"),
    Member("miasto", "PL84", "city", (), "government"),
]
SCORES = {"lead": {"alfa": 0.5, "beta": 0.9}, "lab": {"gama": 0.9, "delta": 0.4}, "city": {"miasto": 0.6}}


def test_rules_beat_a_better_fit_and_each_member_says_why_it_is_there() -> None:
    answer = best_team(CALL, PEOPLE, SCORES)
    assert answer.team == {"alfa": "lead", "delta": "lab", "miasto": "city"}
    assert answer.coordinator == "alfa" and answer.status == "optimal"
    places = {place.member: place for place in answer.places}
    assert places["alfa"].only == ("NACE:24",)
    assert [rule.code for rule in places["alfa"].holds_up] == ["role", "sme_led"]
    assert [rule.code for rule in places["delta"].holds_up] == ["role", "countries"]
    without = places["delta"].without
    assert without is not None and without.score is None and without.clash is not None
    assert {rule.code for rule in without.clash.rules} == {"countries"}
    city = places["miasto"].without
    assert city is not None and city.comes == () and city.loss == pytest.approx(0.6 / 3)
    assert [say(reason) for reason in places["alfa"].reasons] == [
        "alfa suits the role lead.",
        "NACE:24 is covered by alfa.",
    ]


def test_gaps_are_told_in_sentences() -> None:
    told = [say(gap) for gap in gaps(replace(CALL, team={"gama": "lab"}), PEOPLE)]
    assert told == [
        "Role lead needs members: 1. Found: 0.",
        "The members come from at least 2 countries. Found: 1. Places: PL.",
        "The coordinator is an SME. This concerns: –.",
    ]
    assert say(Rule("helix", "civil_society"), "pl") == "W składzie jest ktoś z grupy: społeczeństwo obywatelskie."


def test_a_clash_is_named_with_what_to_give_up() -> None:
    clash = best_team(replace(CALL, rules=replace(CALL.rules, countries=3)), PEOPLE, SCORES).clash
    assert clash is not None and [rule.code for rule in clash.rules] == ["countries"]
    assert clash.give_up == clash.rules
    twins = [replace(one, owner="x") if one.id in ("alfa", "delta") else one for one in PEOPLE]
    clash = best_team(CALL, twins, SCORES).clash
    assert clash is not None and clash.smallest
    assert {rule.code for rule in clash.rules} == {"countries", "sme_led", "one_per_owner"}
    assert len(clash.give_up) == 1


def test_an_unknown_region_counts_for_no_country_and_breaks_no_limit() -> None:
    call = Call((Role("r", count=2),), Rules(countries=1, at_most={"PL": 0}, least_per_country=2))
    members = [Member("a"), Member("b")]
    clash = best_team(call, members, {"r": {"a": 0.5, "b": 0.5}}).clash
    assert clash is not None and [rule.code for rule in clash.rules] == ["countries"]
    assert best_team(replace(call, rules=replace(call.rules, countries=0)), members, {"r": {"a": 0.5, "b": 0.5}}).team


def test_equal_teams_are_told_apart_by_fewer_members_then_by_id() -> None:
    members = [Member(i) for i in "cab"]
    answer = best_team(Call((Role("r"),)), members, {"r": dict.fromkeys("cab", 0.5)})
    assert answer.team == {"a": "r"}


def test_past_ties_decide_between_equals() -> None:
    call, members = Call((Role("r"), Role("s"))), [Member(i) for i in "abc"]
    scores = {"r": {"a": 0.5, "b": 0.5}, "s": {"c": 0.5}}
    assert best_team(call, members, scores).team == {"a": "r", "c": "s"}
    assert best_team(call, members, scores, ties={("c", "b"): 1.0}).team == {"b": "r", "c": "s"}


def test_a_member_already_there_keeps_its_role_and_one_without_may_get_one() -> None:
    call = replace(CALL, team={"beta": "lead", "gama": None}, rules=Rules())
    answer = best_team(call, PEOPLE, SCORES)
    assert answer.team == {"beta": "lead", "gama": "lab", "miasto": "city"}
    assert set(answer.candidates) == {"lab", "city"}


def test_ten_roles_with_two_hundred_candidates_each_are_solved_to_proof() -> None:
    rng = np.random.default_rng(4)
    countries = ["PL84", "LT02", "LV00", "EE00", "FI19", "SE12", "DK01", "DE80"]
    members = [
        Member(f"m{i:03}", str(rng.choice(countries)), domains=(f"NACE:{rng.integers(10, 40)}",), sme=bool(i % 3 == 0),
               owner=f"o{i // 2}", helix=HELICES[i % 4])
        for i in range(200)
    ]  # fmt: skip
    scores = {f"r{r}": {m.id: float(s) for m, s in zip(members, rng.random(200), strict=True) if s} for r in range(10)}
    call = Call(
        tuple(Role(f"r{r}", leads=r == 0) for r in range(10)),
        Rules(countries=4, most_per_country=3, sme_led=True, helix=HELICES, least_per_country=2),
        domains=tuple(f"NACE:{d}" for d in range(10, 22)),
    )
    answer = best_team(call, members, scores, leave_out=False)
    assert (answer.method, answer.status, answer.gap) == ("model", "optimal", 0)
    assert not gaps(replace(call, team=answer.team), members)


def test_scores_come_from_hits_of_a_roles_query() -> None:
    role = Role("lab", "spectroscopy", ("NACE:72",), ("lab",))
    query = role.query("en", exclude_ids=["x"])
    assert (query.id, query.want, query.kinds, query.exclude_ids) == ("lab", "offer", ("lab",), ("x",))
    hits = [Hit("lab", 1, "a", 0.5), Hit("lab", 2, "b", 0.4), Hit("lab", 3, "a", 0.1)]
    assert scores_from_hits(hits) == {"lab": {"a": 0.5, "b": 0.4}}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Role(""), "non-empty"),
        (lambda: Role("r", count=0), "at least one"),
        (lambda: Role("r", leads=True, required=False), "required"),
        (lambda: Rules(countries=-1), "negative"),
        (lambda: Rules(helix=("aliens",)), "must be one of"),
        (lambda: Rules(at_most={"": 3}), "NUTS"),
        (lambda: Rules(region_level=4), "NUTS level"),
        (lambda: Member("a", helix="aliens"), "must be one of"),
        (lambda: Call((Role("r"), Role("r"))), "same id"),
        (lambda: Call((Role("r", leads=True), Role("s", leads=True))), "one coordinator"),
        (lambda: Call((), team={"a": "r"}), "does not have"),
        (lambda: TeamWeights(fit=-1), "negative"),
        (lambda: best_team(CALL, PEOPLE, {"lead": {"alfa": 2.0}}), "must lie in 0 to 1"),
        (lambda: best_team(CALL, PEOPLE, {"lead": {"alfa": float("nan")}}), "must lie in 0 to 1"),
        (lambda: best_team(CALL, PEOPLE, {"lead": {"nobody": 0.5}}), "no record"),
        (lambda: best_team(CALL, PEOPLE, {"chef": {"alfa": 0.5}}), "does not have"),
        (lambda: best_team(CALL, [*PEOPLE, PEOPLE[0]], SCORES), "twice"),
        (lambda: best_team(CALL, PEOPLE, SCORES, method="magic"), "one of"),
        (lambda: best_team(CALL, PEOPLE, SCORES, ties={("alfa", "alfa"): 0.5}), "join two"),
        (lambda: gaps(replace(CALL, team={"nobody": None}), PEOPLE), "not among the members"),
    ],
)
def test_bad_input_is_told_in_a_sentence(wrong, says) -> None:
    with pytest.raises(ValueError, match=says):
        wrong()


def test_a_solver_that_must_stop_says_so_and_gives_a_bound() -> None:
    """Many past ties make the model hard; one node is not enough to prove anything, and more nodes reach the proof."""
    rng = np.random.default_rng(7)
    members = [Member(f"m{i:02}", str(rng.choice(["PL84", "LT02", "FI19"]))) for i in range(12)]
    ids = [m.id for m in members]
    scores = {f"r{r}": dict(zip(ids, map(float, rng.random(12)), strict=True)) for r in range(4)}
    ties = {pair: float(rng.random()) for pair in combinations(ids, 2)}
    call, weights = Call(tuple(Role(f"r{r}") for r in range(4))), TeamWeights(ties=3.0)
    hurried = best_team(
        call, members, scores, ties=ties, weights=weights, method="model", node_limit=1, leave_out=False
    )
    patient = best_team(call, members, scores, ties=ties, weights=weights, method="model", leave_out=False)
    assert patient.status == "optimal" and patient.score is not None
    assert hurried.status in ("bounded", "undecided")
    if hurried.score is not None and hurried.bound is not None:
        assert hurried.score <= patient.score + 1e-9 <= hurried.bound + 2e-9
        assert hurried.gap == pytest.approx(hurried.bound - hurried.score)


def test_trying_cuts_no_branch_that_holds_the_best_team() -> None:
    """With fifty random calls of eight candidates a role, whose rules often forbid the best fits."""
    for seed in range(50):
        rng = np.random.default_rng(seed)
        members = [Member(f"m{i}", ("PL84", "LT02", "FI19", "DE80")[int(4 * rng.random() ** 2)]) for i in range(10)]
        scores = {f"r{r}": {f"m{i}": float(rng.random()) for i in rng.permutation(10)[:8].tolist()} for r in range(3)}
        call = Call(tuple(Role(f"r{r}") for r in range(3)), Rules(countries=3, at_least={"DE": 1}))
        tried, solved = (best_team(call, members, scores, method=m, leave_out=False) for m in ("trying", "model"))
        assert tried.score == pytest.approx(solved.score, abs=1e-8), seed
