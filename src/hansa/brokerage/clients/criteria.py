"""What decides whether an agency takes a client in, and what the answers come to. Knows no act and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

YES, NO, UNKNOWN = "yes", "no", "unknown"
ADMIT, WAIT, REFER = "admit", "wait", "refer"


@dataclass(frozen=True)
class Criterion:
    """A question, the sentence where it is missed, and whether missing it sends the client elsewhere."""

    key: str
    question: Any
    missed: Any
    refers: bool = True


CRITERIA = (
    Criterion(
        "kind",
        _("Is it an SME, a laboratory or a social innovator?"),
        _("It is neither an SME nor a laboratory nor a social innovator."),
    ),
    Criterion("region", _("Is it seated in our region?"), _("It is not seated in our region.")),
    Criterion("sound", _("Is it neither insolvent nor in liquidation?"), _("It is insolvent or in liquidation.")),
    Criterion("abroad", _("Is it ready to cooperate abroad?"), _("It is not ready to cooperate abroad yet."), False),
    Criterion(
        "offer",
        _("Does it offer or need something that can be named?"),
        _("It cannot name one yet."),
        False,
    ),
    Criterion(
        "language",
        _("Can somebody there talk to a partner abroad, with help if need be?"),
        _("Nobody there can talk to a partner abroad yet."),
        False,
    ),
)


@dataclass(frozen=True)
class Verdict:
    """`kind` is `admit`, `wait` or `refer`; the sentences say why, and which questions are still open."""

    kind: str
    missed: tuple[Any, ...]
    open: tuple[Any, ...]


def verdict(answers: Mapping[str, Any]) -> Verdict:
    """What the answers come to: any criterion missed that sends elsewhere refers; one that can be worked on, or a
    question still open, lets the client wait; all yes admits. An unknown answer is never a no."""
    said = {criterion.key: answer_of(answers, criterion.key) for criterion in CRITERIA}
    missed = tuple(c.missed for c in CRITERIA if said[c.key] == NO)
    unsaid = tuple(c.question for c in CRITERIA if said[c.key] == UNKNOWN)
    if any(said[c.key] == NO and c.refers for c in CRITERIA):
        return Verdict(REFER, missed, unsaid)
    return Verdict(ADMIT if not missed and not unsaid else WAIT, missed, unsaid)


def answer_of(answers: Mapping[str, Any], key: str) -> str:
    """One kept answer; unknown where none was given."""
    kept = answers.get(key)
    given = kept.get("answer") if isinstance(kept, Mapping) else kept
    return given if given in (YES, NO) else UNKNOWN
