"""Reads of consultations. What documents need: `participation`, `results_of` and `points_with_replies`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.strategy.consultations import results
from hansa.strategy.consultations.tokens import LONGEST, digest_of
from hansa.strategy.models import Answer, Consultation, Invitation, Point, Priority, Round, RoundItem
from hansa.strategy.models.consultations import HELIX_CHOICES

ORDERS = {
    "title": ("title", "pk"),
    "state": ("state", "deadline", "pk"),
    "deadline": ("deadline", "pk"),
    "invited": ("invited", "pk"),
    "run": ("run__title", "run__version", "pk"),
}
CLOSED = Consultation.State.CLOSED


@dataclass(frozen=True)
class Group:
    """One group of the quadruple helix: `share` of all voices, None where nobody answered; `target` None if unset."""

    helix: str
    label: Any
    invited: int
    answered: int
    share: float | None
    target: float | None


@dataclass(frozen=True)
class Participation:
    """Who was invited and who answered, all rounds together; withdrawn invitations do not count."""

    groups: tuple[Group, ...]
    invited: int
    answered: int

    @property
    def silent(self) -> tuple[Group, ...]:
        """The groups from which nobody answered."""
        return tuple(group for group in self.groups if not group.answered)


@dataclass(frozen=True)
class ItemResult:
    """What was found about one item: `all` and each of `groups` is a summary, or absent below the threshold.

    A summary of a vote has n, against, neutral, for, mean (−1..1); of a Delphi round n, lower, median, upper (1..9);
    of a budget n, mean (points of 100).
    """

    item: RoundItem
    all: Mapping[str, Any] | None
    groups: tuple[tuple[Any, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class RoundResult:
    """A closed round with its items; `shown` is False where fewer than `threshold` people answered."""

    round: Round
    shown: bool
    answered: int
    threshold: int
    items: tuple[ItemResult, ...]


def invitation_of(token: str) -> Invitation:
    """The invitation that a link opens; raises `Invitation.DoesNotExist` where it opens nothing."""
    if not 0 < len(token) <= LONGEST:
        raise Invitation.DoesNotExist
    digest = digest_of(token)
    found = Invitation.objects.select_related("consultation", "region").exclude(
        consultation__state=Consultation.State.DRAFT
    )
    return found.get(Q(digest=digest) | Q(digest_of_reminder=digest), withdrawn_at__isnull=True)


def visible(person: Person | None) -> QuerySet[Consultation]:
    """Drafts are seen by members of the partnership, what has opened by everyone."""
    found = Consultation.objects.select_related("run")
    if may(person, "strategy.follow_consultation"):
        return found
    return found.exclude(state=Consultation.State.DRAFT)


def consultations(
    person: Person | None, words: str = "", state: str = "", run: str = "", sort: str = "-deadline"
) -> QuerySet[Consultation]:
    """Those that answer the filters, with the number of `invited`."""
    found = visible(person).annotate(
        invited=Count("invitations", filter=Q(invitations__withdrawn_at__isnull=True), distinct=True)
    )
    if words:
        hit = Q(title__icontains=words) | Q(intro__icontains=words)
        for language in ("en", "pl"):
            hit |= Q(**{f"texts__{language}__title__icontains": words})
        found = found.filter(hit)
    if state in Consultation.State.values:
        found = found.filter(state=state)
    if run.isascii() and run.isdigit() and len(run) < 15:
        found = found.filter(run=int(run))
    fields = ORDERS.get(sort.removeprefix("-"), ORDERS["deadline"])
    return found.order_by(*(f"-{name}" if sort.startswith("-") else name for name in fields))


def participation(consultation: Consultation) -> Participation:
    """Invited and answered by group of the helix, in two queries."""
    standing = consultation.invitations.filter(withdrawn_at__isnull=True)
    invited = dict(standing.order_by().values_list("helix").annotate(n=Count("pk")))
    answered = results.voices(consultation)
    total = sum(answered.values())
    groups = tuple(
        Group(
            helix=helix,
            label=label,
            invited=invited.get(helix, 0),
            answered=answered[helix],
            share=answered[helix] / total if total else None,
            target=consultation.targets.get(helix),
        )
        for helix, label in HELIX_CHOICES
    )
    return Participation(groups, sum(invited.values()), total)


def rounds(consultation: Consultation) -> list[Round]:
    """The rounds with their items and the round each is based on."""
    items = RoundItem.objects.select_related("priority", "round__consultation").order_by("position")
    found = consultation.rounds.select_related("based_on", "consultation").order_by("number")
    return list(found.prefetch_related(Prefetch("items", items)))


def results_of(consultation: Consultation, asked: Sequence[Round] | None = None) -> list[RoundResult]:
    """The results of the closed rounds in their order; give `rounds(consultation)` where it is read already."""
    found = rounds(consultation) if asked is None else asked
    return [_result(each) for each in found if each.state == Round.State.CLOSED and each.result is not None]


def _result(asked: Round) -> RoundResult:
    kept = asked.result or {}
    labels = dict(HELIX_CHOICES)
    by_item = {each["item"]: each for each in kept["items"]}
    items = tuple(
        ItemResult(
            item,
            by_item[item.pk]["all"],
            tuple((labels[h], found) for h, found in by_item[item.pk]["groups"].items()),
        )
        for item in asked.items.all()
        if item.pk in by_item
    )
    return RoundResult(asked, kept["shown"], kept["answered"], kept["threshold"], items)


def points(consultation: Consultation, verdict: str = "", priority: str = "") -> QuerySet[Point]:
    """Points of the closed rounds; `verdict` is one of the replies, "open" for those without, empty for all."""
    found = Point.objects.filter(answer__round__consultation=consultation).select_related(
        "priority", "answer__round", "answer__invitation"
    )
    if verdict:
        found = found.filter(verdict="" if verdict == "open" else verdict)
    if priority.isascii() and priority.isdigit() and len(priority) < 9:
        found = found.filter(priority__number=int(priority))
    return found.order_by("answer__round__number", "pk")


def points_with_replies(consultation: Consultation) -> QuerySet[Point]:
    """What was said and replied, of the rounds with enough answers to be shown; nobody is named."""
    return points(consultation).exclude(verdict="").filter(answer__round__result__shown=True)


def invitations(consultation: Consultation, words: str = "", helix: str = "") -> QuerySet[Invitation]:
    """Invitations with whether each has answered; for those alone who may see names and addresses."""
    found = consultation.invitations.select_related("region").annotate(
        has_answered=Exists(Answer.objects.filter(invitation=OuterRef("pk")))
    )
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    if helix:
        found = found.filter(helix=helix)
    return found.order_by("pk")


def open_round(consultation: Consultation) -> Round | None:
    """The round that can be answered now, with its items and the figures behind their priorities."""
    items = (
        RoundItem.objects.select_related("priority__run", "round__consultation")
        .prefetch_related("priority__figures__region", "priority__members__region")
        .order_by("position")
    )
    found = consultation.rounds.filter(state=Round.State.OPEN).select_related("based_on", "consultation")
    return found.prefetch_related(Prefetch("items", items), "based_on__items").first()


def own_answers(asked: Round, invitation: Invitation) -> dict[int | None, Answer]:
    """What a voice said in a round, by item key."""
    return {each.item_id: each for each in Answer.objects.filter(round=asked, invitation=invitation)}


def about(priorities: Sequence[Priority]) -> dict[int, list[RoundItem]]:
    """The items by which each priority was asked about in rounds that closed, newest first, by priority key."""
    found: dict[int, list[RoundItem]] = {priority.pk: [] for priority in priorities}
    items = RoundItem.objects.filter(priority__in=found, round__state=Round.State.CLOSED)
    for item in items.select_related("round__consultation").order_by("-round__closed_at", "pk"):
        found[item.priority_id or 0].append(item)
    return found


def unanswered() -> QuerySet[Consultation]:
    """Consultations with points that wait for a reply, with their number as `waiting`."""
    waiting = Count("rounds__answers__points", filter=Q(rounds__answers__points__verdict=""))
    return Consultation.objects.filter(minutes_signed_at__isnull=True).annotate(waiting=waiting).filter(waiting__gt=0)


def ending(within: Any) -> QuerySet[Consultation]:
    """Open consultations whose deadline is near or past."""
    return Consultation.objects.filter(
        state=Consultation.State.OPEN, deadline__lte=timezone.now() + within
    ).order_by(F("deadline"))  # fmt: skip
