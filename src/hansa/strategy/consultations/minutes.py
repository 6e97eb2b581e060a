"""Minutes drafted from the records, in the language that is active: plain text that people then edit and sign."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.strategy.consultations import queries
from hansa.strategy.consultations.telling import summary, told
from hansa.strategy.consultations.wording import spoken
from hansa.strategy.models import Consultation, FocusSession

__all__ = ["drafted", "spoken"]


def drafted(consultation: Consultation) -> str:
    """What the records say: title and times, participation, each round, what was replied, the sessions."""
    blocks = [
        [_("Minutes: %(title)s") % {"title": consultation}, *_times(consultation)],
        list(_participation(consultation)),
        *(list(_round(found)) for found in queries.results_of(consultation)),
        list(_points(consultation)),
        *(list(_session(session)) for session in consultation.sessions.all()),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def moment(at: object) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i T") if at else "–"  # type: ignore[arg-type]


def _times(consultation: Consultation) -> list[str]:
    return [
        _("Open from %(a)s, answers until %(b)s, closed %(c)s.")
        % {"a": moment(consultation.opens_at), "b": moment(consultation.deadline), "c": moment(consultation.closed_at)}
    ]


def _participation(consultation: Consultation) -> Iterator[str]:
    found = queries.participation(consultation)
    yield _("Participation")
    yield _("%(answered)d of %(invited)d invited answered.") % {"answered": found.answered, "invited": found.invited}
    for group in found.groups:
        line = _("%(group)s: %(answered)d of %(invited)d") % {
            "group": group.label,
            "answered": group.answered,
            "invited": group.invited,
        }
        wanted = told(group)
        yield f"- {line}" + (f" ({wanted})" if wanted else "")


def _round(found: queries.RoundResult) -> Iterator[str]:
    asked = found.round
    yield _("Round %(n)d, %(kind)s: %(question)s") % {
        "n": asked.number,
        "kind": asked.get_kind_display(),
        "question": asked.local_question,
    }
    yield ngettext("%(n)d person answered.", "%(n)d people answered.", found.answered) % {"n": found.answered}
    if not found.shown:
        yield _("Fewer than %(n)d answers: no result is shown.") % {"n": found.threshold}
    for each in found.items:
        yield f"- {each.item}: {summary(asked.kind, each.all)}"


def _points(consultation: Consultation) -> Iterator[str]:
    replied = list(queries.points_with_replies(consultation))
    open_ones = queries.points(consultation, "open").count()
    if not replied and not open_ones:
        return
    yield _("What was said and replied")
    for point in replied:
        yield f"- {' '.join(point.text.split())}\n  {point.get_verdict_display()}: {point.reason}"
    if open_ones:
        yield ngettext("%(n)d point has no reply yet.", "%(n)d points have no reply yet.", open_ones) % {"n": open_ones}


def _session(session: FocusSession) -> Iterator[str]:
    yield _("Session: %(title)s, %(at)s") % {"title": session.title, "at": moment(session.starts_at)} + (
        f", {session.place}" if session.place else ""
    )
    labels = dict(queries.HELIX_CHOICES)
    if session.came:
        yield ", ".join(f"{labels[key]} {n}" for key, n in session.came.items())
    for text in (session.agenda, session.notes, session.results):
        if text:
            yield text
