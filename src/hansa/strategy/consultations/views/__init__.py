"""The faces of step 5: the organiser's pages, the public page, and the page on which people answer."""

from __future__ import annotations

from typing import Any

from hansa.strategy.parts import parts


def shared() -> dict[str, Any]:
    """What every page of consultations is given."""
    return {"section": "priorities", "links": parts.links_in_order(), "here": "consultations"}
