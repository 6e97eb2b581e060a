"""A diagnosis as its page and the panel of its client show it."""

from __future__ import annotations

from typing import Any

from hansa.brokerage.diagnosis import queries, radar
from hansa.brokerage.diagnosis.components import COMPONENTS, MARKS
from hansa.brokerage.diagnosis.proposing import proposals
from hansa.brokerage.models import Diagnosis, DiagnosisAnswer

RADIUS = 100.0


def chart(diagnosis: Diagnosis, earlier: Diagnosis | None) -> dict[str, Any]:
    """Lines of the radar: state and potential now, the state before."""
    now = queries.answers_of(diagnosis, DiagnosisAnswer.By.BROKER)
    then = queries.answers_of(earlier, DiagnosisAnswer.By.BROKER) if earlier is not None else {}

    def lines(answers: dict[str, DiagnosisAnswer], mark: str) -> list[str]:
        marks = [getattr(answers[c.key], mark) if c.key in answers else None for c in COMPONENTS]
        return [radar.as_points(line) for line in radar.outline(marks, RADIUS)]

    rings = [radar.as_points(radar.outline([mark] * len(COMPONENTS), RADIUS)[0]) for mark in range(1, 6)]
    return {
        "axes": radar.axes(len(COMPONENTS), RADIUS),
        "rings": rings,
        "state": lines(now, "state"),
        "potential": lines(now, "potential"),
        "before": lines(then, "state"),
    }


def table(diagnosis: Diagnosis, earlier: Diagnosis | None) -> list[dict[str, Any]]:
    """A row per component: both sides' answers and the change of the state since the diagnosis before."""
    broker = queries.answers_of(diagnosis, DiagnosisAnswer.By.BROKER)
    client = queries.answers_of(diagnosis, DiagnosisAnswer.By.CLIENT)
    then = queries.answers_of(earlier, DiagnosisAnswer.By.BROKER) if earlier is not None else {}
    rows = []
    for number, component in enumerate(COMPONENTS, start=1):
        own, old = broker.get(component.key), then.get(component.key)
        known = own is not None and old is not None and own.state is not None and old.state is not None
        rows.append(
            {
                "number": number,
                "component": component,
                "broker": own,
                "client": client.get(component.key),
                "change": own.state - old.state if known and own is not None and old is not None else None,
            }
        )
    return rows


def context_of(diagnosis: Diagnosis) -> dict[str, Any]:
    earlier = queries.before(diagnosis)
    return {
        "diagnosis": diagnosis,
        "earlier": earlier,
        "chart": chart(diagnosis, earlier),
        "rows": table(diagnosis, earlier),
        "marks": MARKS,
        "proposals": proposals(queries.answers_of(diagnosis, DiagnosisAnswer.By.BROKER)),
    }
