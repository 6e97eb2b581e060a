"""What people were asked and said, as a chapter of the documents: only figures that rest on enough voices."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hansa.strategy.consultations import queries
from hansa.strategy.documents.blocks import Block, Chapter, Number
from hansa.strategy.documents.blocks import Run as Piece
from hansa.strategy.documents.references import counted
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Consultation, Round, Run

CONSULTATION = "strategy.consultation"
COLUMNS: dict[str, tuple[tuple[str, Any, int], ...]] = {
    Round.Kind.VOTE: (("n", "answers", 0), ("for", "for", 0), ("neutral", "abstaining", 0), ("against", "against", 0)),
    Round.Kind.DELPHI: (
        ("n", "answers", 0),
        ("lower", "lower quartile", 1),
        ("median", "median", 1),
        ("upper", "upper quartile", 1),
    ),
    Round.Kind.BUDGET: (("n", "answers", 0), ("mean", "points of a hundred, on average", 1)),
}


@counted(CONSULTATION, "invited")
def invited(consultation: Consultation, helix: str = "") -> int:
    found = queries.participation(consultation)
    return found.invited if not helix else next(g.invited for g in found.groups if g.helix == helix)


@counted(CONSULTATION, "answered")
def answered(consultation: Consultation, helix: str = "") -> int:
    found = queries.participation(consultation)
    return found.answered if not helix else next(g.answered for g in found.groups if g.helix == helix)


@counted(CONSULTATION, "points_replied")
def points_replied(consultation: Consultation) -> int:
    return queries.points_with_replies(consultation).count()


@counted("strategy.run", "consultations_held")
def consultations_held(run: Run) -> int:
    return held(run).count()


def held(run: Run) -> Any:
    """The closed consultations of a run in the order of their end."""
    return run.consultations.filter(state=Consultation.State.CLOSED).order_by("closed_at", "pk")


def consultations(run: Run, w: Writer) -> Chapter | None:
    """Per closed consultation: who took part, what each round found, and every point with its reply."""
    found = list(held(run))
    if not found:
        return None
    count = w.number(
        run,
        "consultations_held",
        label=_("consultations held"),
        source=_("Counted from the closed consultations of this run."),
        url=run.get_absolute_url(),
    )
    blocks: list[Block] = [
        w.paragraph(
            _(
                "Consultations held: %(n)s. Everybody asked had one voice and a link of their own; a figure is told "
                "only where enough answers stand behind it."
            ),
            n=count,
        )
    ]
    for each in found:
        blocks += _one(w, each)
    return w.chapter("consultations", _("Consultations and entrepreneurial discovery"), blocks)


def _one(w: Writer, each: Consultation) -> list[Block]:
    blocks: list[Block] = [
        w.heading(w.quoted(str(each), each.local_language)),
        w.paragraph(_("Closed on %(day)s."), day=w.day(each.closed_at)),
        _participation(w, each),
    ]
    for result in queries.results_of(each):
        blocks.append(_round(w, each, result))
    if w.kind != "summary":
        blocks += _points(w, each)
    return blocks


def _participation(w: Writer, each: Consultation) -> Block:
    found = queries.participation(each)
    rows = [
        [
            w.text(group.label),
            *(_number(w, each, f"{name}:{group.helix}", f"{name}, {group.helix}") for name in ("invited", "answered")),
        ]
        for group in found.groups
    ]
    rows.append([w.text(_("in all")), *(_number(w, each, name, name) for name in ("invited", "answered"))])
    header = [_("Group of the quadruple helix"), _("Invited"), _("Answered")]
    return w.table(w.sentence(_("Who took part")), header, rows, [1, 2])


def _number(w: Writer, each: Consultation, field: str, label: str) -> Number:
    return w.number(
        each,
        field,
        label=label,
        source=_("Counted from the invitations and answers of the consultation."),
        url=each.get_absolute_url(),
    )


def _round(w: Writer, each: Consultation, result: queries.RoundResult) -> Block:
    asked = result.round
    question = (w.text(_("Question:") + " "), w.quoted(asked.local_question, asked.local_language))
    if not result.shown or asked.kind not in COLUMNS:
        return w.paragraph(
            _("%(question)s – answered by %(n)s."),
            question=question,
            n=_of_round(w, each, asked, "result.answered", _("answers"), 0),
        )
    places = {kept["item"]: n for n, kept in enumerate((asked.result or {})["items"])}
    rows = []
    for item in result.items:
        named: list[Piece] = [w.quoted(str(item.item), item.item.local_language)]
        if item.item.priority:
            named = [
                w.code(f"{item.item.priority.identifier} "),
                w.quoted(item.item.priority.local_title, item.item.priority.local_language),
            ]
        cells: list[Any] = [
            _of_round(w, each, asked, f"result.items.{places[item.item.pk]}.all.{name}", label, digits)
            if item.all
            else w.text(_("too few answers"))
            for name, label, digits in COLUMNS[asked.kind]
        ]
        rows.append([named, *cells])
    header = [_("Asked about"), *_headings(asked.kind)]
    return w.table(question, header, rows, range(1, len(COLUMNS[asked.kind]) + 1))


def _headings(kind: str) -> list[str]:
    return {
        Round.Kind.VOTE: [_("Answers"), pgettext("vote", "For"), _("Abstaining"), pgettext("vote", "Against")],
        Round.Kind.DELPHI: [_("Answers"), _("Lower quartile"), _("Median"), _("Upper quartile")],
        Round.Kind.BUDGET: [_("Answers"), _("Points of a hundred, on average")],
    }[Round.Kind(kind)]


def _of_round(w: Writer, each: Consultation, asked: Round, field: str, label: str, digits: int) -> Number:
    return w.number(
        asked,
        field,
        label=label,
        source=_("Result of the round as it was closed."),
        decimals=digits,
        url=each.get_absolute_url(),
    )


def _points(w: Writer, each: Consultation) -> list[Block]:
    found = list(queries.points_with_replies(each).select_related("priority"))
    if not found:
        return []
    rows = [
        [
            w.quoted(point.text, "?"),
            w.text(point.get_verdict_display()),
            w.quoted(point.reason, "?"),
            w.code(point.priority.identifier if point.priority else "–"),
        ]
        for point in found
    ]
    header = [_("What was said"), _("Reply"), _("Reason"), _("Priority")]
    return [w.table(w.sentence(_("Points and the replies to them; nobody is named")), header, rows)]


def discovery(run: Run, w: Writer) -> list[Block]:
    """For the dossier: that the entrepreneurial discovery process worked, with its participation."""
    found = list(held(run))
    if not found:
        return []
    blocks: list[Block] = []
    for each in found:
        blocks += [w.heading(w.quoted(str(each), each.local_language), level=3), _participation(w, each)]
        said = _("Points that got a reply with a reason: %(n)s.")
        blocks.append(w.paragraph(said, n=_number(w, each, "points_replied", _("points with a reply"))))
    return blocks
