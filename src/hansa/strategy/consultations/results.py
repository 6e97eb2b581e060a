"""What a round found, computed in SQL; nothing that could tell how one person answered leaves this module.

A summary rests on at least as many answers as the consultation's threshold. Where the answers of hidden groups are
fewer than that together, they could be told by subtracting what is shown from the whole: then the smallest shown group
is hidden too (complementary suppression; Hundepool et al., Statistical Disclosure Control, 2012).
Quartiles are interpolated linearly (PostgreSQL's percentile_cont; type 7 of Hyndman and Fan, 1996).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import connection

from hansa.strategy.models import Answer, Consultation, Point, Round
from hansa.strategy.models.consultations import HELIX

SUMMARIES = """
SELECT a.item_id, i.helix, count(*),
       count(*) FILTER (WHERE a.value < 0), count(*) FILTER (WHERE a.value = 0), count(*) FILTER (WHERE a.value > 0),
       avg(a.value)::float8, percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY a.value)
  FROM strategy_answer a JOIN strategy_invitation i ON i.id = a.invitation_id
 WHERE a.round_id = %s AND a.value IS NOT NULL AND i.withdrawn_at IS NULL
 GROUP BY GROUPING SETS ((a.item_id), (a.item_id, i.helix))
"""
VOICES = """
SELECT i.helix, count(DISTINCT a.invitation_id)
  FROM strategy_answer a JOIN strategy_invitation i ON i.id = a.invitation_id
  JOIN strategy_round r ON r.id = a.round_id
 WHERE r.consultation_id = %s AND (%s::bigint IS NULL OR r.id = %s) AND i.withdrawn_at IS NULL
 GROUP BY i.helix
"""
BATCH = 1000


def voices(consultation: Consultation, asked: Round | None = None) -> dict[str, int]:
    """How many voices answered at least once, by group of the helix: in the consultation, or in one round."""
    key = asked.pk if asked else None
    with connection.cursor() as cursor:
        cursor.execute(VOICES, [consultation.pk, key, key])
        found = dict(cursor.fetchall())
    return {helix.value: found.get(helix.value, 0) for helix in HELIX}


def computed(asked: Round) -> dict[str, Any]:
    """The result of a round as JSON, in two queries.

    `shown` is False below the threshold, and `items` is empty then. `voices` by group count who answered. Each item
    has `item` (its key), `all` (a summary or None) and `groups` (a summary per group with enough answers).
    """
    consultation = asked.consultation
    by_group = voices(consultation, asked)
    total = sum(by_group.values())
    shown = total >= consultation.threshold
    return {
        "kind": asked.kind,
        "threshold": consultation.threshold,
        "voices": by_group,
        "answered": total,
        "shown": shown,
        "items": list(_items(asked, consultation.threshold)) if shown else [],
    }


def _items(asked: Round, threshold: int) -> Iterator[dict[str, Any]]:
    whole: dict[int, dict[str, Any]] = {}
    groups: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(SUMMARIES, [asked.pk])
        for item, helix, *figures in cursor.fetchall():
            found = _summary(asked.kind, *figures)
            if helix is None:
                whole[item] = found
            else:
                groups[item][helix] = found
    for each in asked.items.order_by("position"):
        enough = whole.get(each.pk) if whole.get(each.pk, {"n": 0})["n"] >= threshold else None
        parts = disclosed(groups[each.pk], threshold) if enough else {}
        yield {"item": each.pk, "all": enough, "groups": parts}


def disclosed(groups: dict[str, dict[str, Any]], threshold: int) -> dict[str, dict[str, Any]]:
    """The groups whose summary may be shown beside that of the whole: `n` is the number of answers of each."""
    shown = {helix: found for helix, found in groups.items() if found["n"] >= threshold}
    hidden = sum(found["n"] for helix, found in groups.items() if helix not in shown)
    while shown and 0 < hidden < threshold:
        smallest = min(shown, key=lambda helix: (shown[helix]["n"], helix))
        hidden += shown.pop(smallest)["n"]
    return shown


def _summary(
    kind: str, n: int, against: int, neutral: int, in_favour: int, mean: float, quartiles: list[float]
) -> dict[str, Any]:
    if kind == Round.Kind.VOTE:
        return {"n": n, "against": against, "neutral": neutral, "for": in_favour, "mean": mean}
    if kind == Round.Kind.BUDGET:
        return {"n": n, "mean": mean}
    return {"n": n, "lower": quartiles[0], "median": quartiles[1], "upper": quartiles[2]}


def write_points(asked: Round) -> int:
    """One point per paragraph of what was said in a round; returns how many."""
    said = (
        Answer.objects.filter(round=asked, invitation__withdrawn_at__isnull=True)
        .exclude(text="")
        .select_related("item")
        .order_by("pk")
    )
    points = [
        Point(answer=answer, text=paragraph, priority_id=answer.item.priority_id if answer.item else None)
        for answer in said
        for paragraph in paragraphs(answer.text)
    ]
    return len(Point.objects.bulk_create(points, batch_size=BATCH))


def paragraphs(text: str) -> list[str]:
    """What is separated by an empty line."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
