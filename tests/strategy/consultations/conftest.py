"""A draft consultation on a run, and ways to fill it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.strategy.stepwork.conftest import analyst, broker, priority, run  # noqa: F401  (the same run)


@pytest.fixture
def draft(run, analyst):  # noqa: F811
    from hansa.strategy.consultations import actions

    return actions.create_consultation(
        analyst,
        run,
        title="What shall we do together?",
        intro="Four regions ask.",
        texts={"pl": {"title": "Co zrobimy razem?"}},
        deadline=timezone.now() + timedelta(days=10),
        targets={"business": 0.4, "academia": 0.2, "government": 0.2, "civil": 0.2},
        reason="step 5",
    )


@pytest.fixture
def ask(analyst, run):  # noqa: F811
    """Add a round of a kind about the run's priorities (about two texts where the run has fewer than two)."""
    from hansa.strategy.consultations import actions

    def made(consultation, kind="vote"):
        priorities = list(run.priorities.order_by("number")[:3])
        items = [actions.Asked(priority=each) for each in priorities]
        items += [actions.Asked(text=f"A text {n}") for n in range(len(items), 2)]
        return actions.add_round(
            analyst,
            consultation,
            kind=kind,
            question="How important is it?",
            items=[] if kind == "open" else items,
            reason="to ask",
        )

    return made


@pytest.fixture
def invite(analyst):  # noqa: F811
    """Invite `n` voices of a group by handed links; returns their secrets."""
    from hansa.strategy.consultations import actions

    def made(consultation, n=1, helix="business", **more):
        handed = actions.invite(analyst, consultation, [actions.Invited(helix=helix, **more) for _ in range(n)])
        return [each.token for each in handed]

    return made


@pytest.fixture
def opened(draft, ask, invite, analyst):  # noqa: F811
    """Open the draft with one round; returns the consultation, the round and the secrets of the invited."""
    from hansa.strategy.consultations import actions
    from hansa.strategy.models import Round

    def made(kind="vote", **groups):
        asked = ask(draft, kind)
        tokens = [token for helix, n in (groups or {"business": 1}).items() for token in invite(draft, n, helix)]
        held = actions.open_consultation(analyst, draft, reason="begin", address="https://hansa.example/")
        return held, Round.objects.get(pk=asked.pk), tokens

    return made
