"""What the work on cases shows of itself elsewhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from hansa.brokerage.parts import Link, parts


def register() -> None:
    parts.links["board"] = Link("board", gettext_lazy("Board"), "brokerage:board", 30, "brokerage.view_board")
