"""Who may do what in a consultation: every role against every act."""

from __future__ import annotations

import pytest

from hansa.network.faults import Forbidden
from hansa.network.models import Role
from hansa.network.permissions import may
from hansa.strategy.consultations import actions
from hansa.strategy.models import Invitation, Point

pytestmark = pytest.mark.django_db

READERS = (*Role.values, "public")
HOLD = {Role.ANALYST, Role.COORDINATOR, Role.LEAD_PARTNER}
TABLE = {
    "follow_consultation": set(Role.values),
    "hold_consultation": HOLD,
    "see_invitations": HOLD,
    "answer_point": HOLD,
    "erase_invitations": HOLD,
    "sign_minutes": {Role.ANALYST, Role.LEAD_PARTNER},
}


@pytest.mark.parametrize("permission", TABLE)
def test_who_may(permission, cast):
    assert {who for who in READERS if may(cast.people.get(who), f"strategy.{permission}")} == TABLE[permission]


def test_no_act_is_left_out_of_the_check(cast, opened, run, analyst):
    """A broker is refused by every act itself, not only by the pages."""
    broker = cast.people[Role.BROKER]
    held, asked, (token,) = opened("open")
    actions.answer(token, asked, {None: actions.Said(text="Something")})
    session = actions.add_session(analyst, held, title="A table", starts_at=held.deadline, reason="x")
    invitation = Invitation.objects.get()
    point = Point(answer=asked.answers.get(), text="x", pk=0)
    acts = {
        "create_consultation": lambda: actions.create_consultation(broker, run, reason="x"),
        "edit_consultation": lambda: actions.edit_consultation(broker, held, reason="x"),
        "open_consultation": lambda: actions.open_consultation(broker, held, reason="x", address="x"),
        "close_consultation": lambda: actions.close_consultation(broker, held, reason="x"),
        "reopen_consultation": lambda: actions.reopen_consultation(broker, held, reason="x"),
        "add_round": lambda: actions.add_round(broker, held, kind="open", question="x", reason="x"),
        "edit_round": lambda: actions.edit_round(broker, asked, question="x", reason="x"),
        "remove_round": lambda: actions.remove_round(broker, asked, reason="x"),
        "open_round": lambda: actions.open_round(broker, asked, reason="x"),
        "close_round": lambda: actions.close_round(broker, asked, reason="x"),
        "next_delphi_round": lambda: actions.next_delphi_round(broker, asked, reason="x"),
        "invite": lambda: actions.invite(broker, held, [actions.Invited("civil")]),
        "renew_link": lambda: actions.renew_link(broker, invitation, reason="x"),
        "withdraw_invitation": lambda: actions.withdraw_invitation(broker, invitation, reason="x"),
        "erase_invitations": lambda: actions.erase_invitations(broker, held, reason="x"),
        "reply_to_point": lambda: actions.reply_to_point(broker, point, verdict="not", reason="x"),
        "split_point": lambda: actions.split_point(broker, point, ["a", "b"], reason="x"),
        "add_session": lambda: actions.add_session(broker, held, title="x", starts_at=held.deadline, reason="x"),
        "edit_session": lambda: actions.edit_session(broker, session, reason="x"),
        "remove_session": lambda: actions.remove_session(broker, session, reason="x"),
        "draft_minutes": lambda: actions.draft_minutes(broker, held, reason="x"),
        "edit_minutes": lambda: actions.edit_minutes(broker, held, text="x", reason="x"),
        "sign_minutes": lambda: actions.sign_minutes(broker, held, reason="x"),
    }
    assert set(acts) == set(actions.__all__) - {"Asked", "Handed", "Invited", "Said", "answer"}
    for name, act in acts.items():
        with pytest.raises(Forbidden):
            act()
        assert name
