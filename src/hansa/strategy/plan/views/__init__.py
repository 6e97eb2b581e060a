"""The faces of the plan: lists, one action or indicator, the forms of entries, vision and governance, reviews."""

from __future__ import annotations

from typing import Any

from hansa.strategy.parts import parts


def shared(here: str, tab: str = "") -> dict[str, Any]:
    """What every page of the plan is given."""
    return {"section": "priorities", "links": parts.links_in_order(), "here": here, "tab": tab}
