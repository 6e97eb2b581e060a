"""What step 5 finds about priorities, and what still stands against making them final."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.strategy.consultations import queries
from hansa.strategy.models import Answer, Consultation, Point, Priority, RoundItem, Step
from hansa.strategy.models.consultations import HELIX_CHOICES
from hansa.strategy.parts import Finding, Obstacle


def said_of(item: RoundItem) -> Mapping[str, Any] | None:
    """The summary of all voices about an item of a closed round, or None below the threshold."""
    kept = (item.round.result or {}).get("items", [])
    found = next((each for each in kept if each["item"] == item.pk), None)
    return found["all"] if found else None


def finalise_finding(priority: Priority) -> Finding:
    """The closed consultations that asked about it: results, participation by group, points and their replies."""
    items = [item for item in queries.about([priority])[priority.pk] if _closed(item.round.consultation)]
    consultations = {item.round.consultation_id: item.round.consultation for item in items}
    verdicts = dict(
        Point.objects.filter(priority=priority).order_by().values_list("verdict").annotate(n=Count("pk"))
    )  # fmt: skip
    data = {
        "consultations": [
            {"id": key, "closed_at": each.closed_at.isoformat() if each.closed_at else "", "voices": _voices(each)}
            for key, each in consultations.items()
        ],
        "results": [
            {
                "consultation": item.round.consultation_id,
                "round": item.round.number,
                "kind": item.round.kind,
                "result": said_of(item),
            }
            for item in items
        ],
        "points": {verdict or "open": n for verdict, n in sorted(verdicts.items())},
    }
    thresholds = {str(key): each.threshold for key, each in consultations.items()}
    targets = {str(key): each.targets for key, each in consultations.items()}
    return Finding(data, {"thresholds": thresholds, "targets": targets})


def _closed(consultation: Consultation) -> bool:
    return consultation.state == Consultation.State.CLOSED


def _voices(consultation: Consultation) -> dict[str, dict[str, int]]:
    found = queries.participation(consultation)
    return {group.helix: {"invited": group.invited, "answered": group.answered} for group in found.groups}


def obstacles(priorities: Sequence[Priority]) -> dict[int, list[Obstacle]]:
    """Never consulted; points without a reply; a group of the helix that said nothing. Three queries for all."""
    found: dict[int, list[Obstacle]] = {priority.pk: [] for priority in priorities}
    items = list(
        RoundItem.objects.filter(priority__in=found, round__consultation__state=Consultation.State.CLOSED)
        .exclude(round__opened_at__isnull=True)
        .values_list("priority", "round__consultation")
    )
    asked: dict[int, set[int]] = {}
    for priority, consultation in items:
        asked.setdefault(priority, set()).add(consultation)
    heard = _heard({consultation for _priority, consultation in items})
    waiting = _waiting(list(found))
    for key, those in found.items():
        if key not in asked:
            those.append(
                Obstacle(
                    Step.FINALISE,
                    gettext_lazy("No closed consultation has asked about it."),
                    reverse("strategy:consultations"),
                )
            )
            continue
        newest = max(asked[key])
        silent = [helix for helix, _l in HELIX_CHOICES if not any(helix in heard.get(c, ()) for c in asked[key])]
        if silent:
            those.append(Obstacle(Step.FINALISE, _silent(silent), _page(newest)))
    for key, (n, consultation) in waiting.items():
        those = found[key]
        those.append(
            Obstacle(Step.FINALISE, _unanswered(n), reverse("strategy:consultation_points", args=[consultation]))
        )
    return found


def _heard(consultations: set[int]) -> dict[int, set[str]]:
    """The groups from which anybody answered, by consultation."""
    rows = (
        Answer.objects.filter(round__consultation__in=consultations, invitation__withdrawn_at__isnull=True)
        .values_list("round__consultation", "invitation__helix")
        .distinct()
    )
    heard: dict[int, set[str]] = {}
    for consultation, helix in rows:
        heard.setdefault(consultation, set()).add(helix)
    return heard


def _waiting(priorities: list[int]) -> dict[int, tuple[int, int]]:
    """Points without a reply and the newest consultation they were made in, by priority."""
    rows = (
        Point.objects.filter(Q(verdict="") & Q(priority__in=priorities))
        .order_by("answer__round__consultation")
        .values_list("priority", "answer__round__consultation")
        .annotate(n=Count("pk"))
    )
    found: dict[int, tuple[int, int]] = {}
    for priority, consultation, n in rows:
        found[priority or 0] = (found.get(priority or 0, (0, 0))[0] + n, consultation)
    return found


def _page(consultation: int) -> str:
    return reverse("strategy:consultation", args=[consultation])


def _silent_now(helix: Sequence[str]) -> str:
    labels = dict(HELIX_CHOICES)
    return _("Nobody answered from: %(groups)s.") % {"groups": ", ".join(str(labels[each]) for each in helix)}


def _unanswered_now(n: int) -> str:
    return ngettext("%(n)d point about it has no reply.", "%(n)d points about it have no reply.", n) % {"n": n}


_silent = lazy(_silent_now, str)
_unanswered = lazy(_unanswered_now, str)
