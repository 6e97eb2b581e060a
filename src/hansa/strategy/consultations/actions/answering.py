"""An answer by link: the whole round at once, as often as one likes until it closes; the last one counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.strategy.consultations import queries
from hansa.strategy.consultations.actions.common import State
from hansa.strategy.models import Answer, Invitation, Round

SCALES = {Round.Kind.VOTE: (-1, 1), Round.Kind.DELPHI: (1, 9), Round.Kind.BUDGET: (0, 100)}
WHOLE = 100
LONGEST = 4000
CLOSED = "closed"


@dataclass(frozen=True)
class Said:
    """What one voice says about an item: a value of the round's scale, words, or both."""

    value: int | None = None
    text: str = ""


@transaction.atomic
def answer(token: str, asked: Round, said: Mapping[int | None, Said]) -> Invitation:
    """Keep what a voice says in a round, by item key (None for an open question), in place of what it said before.

    Raises:
        Invitation.DoesNotExist: no such link, or it was withdrawn or renewed.
        Refused: the round or the consultation is closed, it is too early or too late, or a value is not of the scale.
    """
    found = queries.invitation_of(token)
    if asked.consultation_id != found.consultation_id:
        raise Invitation.DoesNotExist
    state, opens_at, deadline = _share_lock(asked)
    mine = Invitation.objects.select_for_update().get(pk=found.pk, withdrawn_at__isnull=True)
    now = timezone.now()
    if state != Round.State.OPEN:
        raise Refused(_("This round is closed, so nothing was recorded."))
    if now >= deadline:
        raise Refused(_("The time to answer is over, so nothing was recorded."))
    if opens_at is not None and now < opens_at:
        raise Refused(_("It is too early to answer, so nothing was recorded."))
    checked = checked_for(asked.kind, list(asked.items.values_list("pk", flat=True)), said)
    kept = [Answer(round=asked, invitation=mine, item_id=key, value=each.value, text=each.text, at=now)
            for key, each in checked.items()]  # fmt: skip
    Answer.objects.filter(round=asked, invitation=mine).delete()
    Answer.objects.bulk_create(kept)
    # who answered is known, what they answered is nowhere but in the answer itself
    note(None, "answer_consultation", asked, invitation=mine.pk)
    return mine


def _share_lock(asked: Round) -> tuple[str, object, object]:
    """State and times, held against closing until the answer is written; answers do not wait for one another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.state, c.state, c.opens_at, c.deadline FROM strategy_consultation c "
            "JOIN strategy_round r ON r.consultation_id = c.id WHERE r.id = %s FOR SHARE",
            [asked.pk],
        )
        row = cursor.fetchone()
    if row is None:
        raise Refused(_("This round is closed, so nothing was recorded."))
    round_state, state, opens_at, deadline = row
    return (round_state if state == State.OPEN else CLOSED), opens_at, deadline


def checked_for(kind: str, keys: Sequence[int], said: Mapping[int | None, Said]) -> dict[int | None, Said]:
    """What is kept of what was said about the items `keys`; raises `Refused` where the kind cannot take it."""
    given = {key: Said(each.value, each.text.strip()) for key, each in said.items()}
    given = {key: each for key, each in given.items() if each.value is not None or each.text}
    if not given:
        raise Refused(_("Nothing was answered, so nothing was recorded."))
    if any(len(each.text) > LONGEST for each in given.values()):
        raise Refused(
            ngettext("Write at most %(n)d character.", "Write at most %(n)d characters.", LONGEST) % {"n": LONGEST}
        )
    if kind == Round.Kind.OPEN:
        if set(given) != {None} or given[None].value is not None:
            raise Refused(_("This question is answered in words."))
        return given
    if set(given) - set(keys):
        raise Refused(_("One of the answers is not about this round."))
    lowest, highest = SCALES[Round.Kind(kind)]
    if any(each.value is not None and not lowest <= each.value <= highest for each in given.values()):
        raise Refused(_("A value is a whole number from %(a)d to %(b)d.") % {"a": lowest, "b": highest})
    if kind == Round.Kind.BUDGET:
        total = sum(each.value or 0 for each in given.values())
        if total != WHOLE:
            raise Refused(
                _("The points sum to %(total)d; share out exactly %(whole)d.") % {"total": total, "whole": WHOLE}
            )
        # all points are shared out, so an item without any got none: a zero that was said, not one that is missing
        return {key: Said(given[key].value or 0, given[key].text) if key in given else Said(0) for key in keys}
    return given
