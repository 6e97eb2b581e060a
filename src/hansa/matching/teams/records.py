"""What a team is asked for and who could be in it: roles, rules, members, calls, and the weights of the score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hansa.matching.records import Hit, Query

HELICES = ("business", "academia", "government", "civil_society")
_COUNTRY = 2


@dataclass(frozen=True)
class Role:
    """A place in a team: `count` members that do the same.

    `text` and `domains` say what is sought (a ranker reads them, see `query`); `kinds` are the kinds of member that may
    hold the role, any if empty. A required role must be filled to its count, an optional one may stay open. The holder
    of a role that `leads` is the coordinator. Raises ValueError for an empty id or a count below 1.
    """

    id: str
    text: str = ""
    domains: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    count: int = 1
    required: bool = True
    leads: bool = False

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("A role needs a non-empty id.")
        if self.count < 1:
            raise ValueError(f"Role {self.id} is for {self.count} members: it must be for at least one.")
        if self.leads and (self.count != 1 or not self.required):
            raise ValueError(f"Role {self.id} leads: it must be required and for one member.")

    def query(self, lang: str | None = None, exclude_ids: Iterable[str] = ()) -> Query:
        """The role as a search for offers; its hits become scores with `scores_from_hits`."""
        return Query(
            self.id, self.text, lang, "offer", domains=self.domains, kinds=self.kinds, exclude_ids=tuple(exclude_ids)
        )


@dataclass(frozen=True)
class Rules:
    """What the whole team must satisfy; the defaults ask for nothing but different owners.

    Countries are the first two letters of a NUTS code, regions its first `region_level` + 2 characters (shorter codes
    name no region). `at_least` and `at_most` count members per place, any NUTS code standing for all below it;
    `least_per_country` holds for every country that is present. `sme_led`: the holder of the leading role is an SME, or
    where no role leads, some SME is there to coordinate. `helix` are the kinds that must each be present, `domains` the
    codes that someone must have, equal or below. Unknown is no proof: a member without region, helix or SME
    mark counts for no minimum and, being in no known place, against no maximum. Raises ValueError for numbers that no
    team can have.
    """

    countries: int = 0
    regions: int = 0
    region_level: int = 2
    at_least: Mapping[str, int] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    least_per_country: int | None = None
    most_per_country: int | None = None
    sme_led: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fewest: int | None = None
    most: int | None = None
    helix: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    one_per_owner: bool = True

    def __post_init__(self) -> None:
        numbers = [self.countries, self.regions, *self.at_least.values(), *self.at_most.values()]
        numbers += [n for n in (self.least_per_country, self.most_per_country, self.fewest, self.most) if n is not None]
        if min(numbers) < 0:
            raise ValueError("A rule asks for a negative number of members: give 0 or more.")
        if not 0 <= self.region_level <= 3:
            raise ValueError(f"Region level {self.region_level} is no NUTS level: give 0, 1, 2 or 3.")
        if "" in self.at_least or "" in self.at_most:
            raise ValueError("A rule per place needs a NUTS code; use `fewest` and `most` for the whole team.")
        for helix in self.helix:
            _check_helix(helix, "A rule")


@dataclass(frozen=True)
class Member:
    """Somebody who is, or could be, in a team. `owner` ties several entries of one organisation together; `sme` and
    `helix` None mean unknown. Raises ValueError for an empty id or an unknown helix."""

    id: str
    region: str = ""
    kind: str = ""
    domains: tuple[str, ...] = ()
    helix: str | None = None
    sme: bool | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("A member needs a non-empty id.")
        if self.helix is not None:
            _check_helix(self.helix, f"Member {self.id}")

    @property
    def country(self) -> str | None:
        """First two letters of the region, None if unknown."""
        return self.region[:_COUNTRY] if len(self.region) >= _COUNTRY else None

    def region_at(self, level: int) -> str | None:
        """The NUTS code at a level, None if the region is unknown or larger."""
        return self.region[: _COUNTRY + level] if len(self.region) >= _COUNTRY + level else None


@dataclass(frozen=True)
class Call:
    """A call or joint strategy: roles, rules, `domains` that the team should cover together (each one covered adds to
    the score), and who is in already: member id to role id, or to None for one without a role (who may be given one).
    Raises ValueError for repeated or unknown roles, or two that lead."""

    roles: tuple[Role, ...]
    rules: Rules = field(default_factory=Rules)
    domains: tuple[str, ...] = ()
    team: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ids = [role.id for role in self.roles]
        if len(set(ids)) < len(ids):
            raise ValueError("Two roles have the same id: give each its own.")
        if sum(role.leads for role in self.roles) > 1:
            raise ValueError("Two roles lead: a team has one coordinator.")
        for role in self.team.values():
            if role is not None and role not in ids:
                raise ValueError(f"The team names the role {role!r}, which the call does not have.")


@dataclass(frozen=True)
class TeamWeights:
    """How a team's score is added up: `fit` for members suiting their roles, `coverage` for domains covered, `ties` for
    pairs that worked together before. Each part lies between 0 and its weight, so the best possible score is their sum.
    The numbers are judgement, to be tuned; store `version` with every score that is kept."""

    version: str = "1"
    fit: float = 1.0
    coverage: float = 0.3
    ties: float = 0.1

    def __post_init__(self) -> None:
        if min(self.fit, self.coverage, self.ties) < 0:
            raise ValueError("Weights of a team's score must not be negative.")


def scores_from_hits(hits: Iterable[Hit]) -> dict[str, dict[str, float]]:
    """Score per role and member from searches made with `Role.query`; of several hits on one member the best counts."""
    scores: dict[str, dict[str, float]] = {}
    for hit in hits:
        row = scores.setdefault(hit.query, {})
        row[hit.id] = max(row.get(hit.id, 0.0), hit.score)
    return scores


def _check_helix(helix: str, who: str) -> None:
    if helix not in HELICES:
        raise ValueError(f"{who} names the helix {helix!r}: it must be one of {', '.join(HELICES)}.")
