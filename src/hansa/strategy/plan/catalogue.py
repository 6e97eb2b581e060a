"""The catalogue of common indicators that comes with Hansa: codes, names and units, with what is not checked yet."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class CommonIndicator:
    """One code of a programme's list; `names` and `units` by language. `check` says what was not verified."""

    code: str
    names: dict[str, str]
    units: dict[str, str]
    programme: str
    valid_from: int
    valid_to: int
    check: dict[str, str] = field(default_factory=dict)

    def told(self, what: str, language: str) -> str:
        if what == "programme":
            return self.programme
        words = self.names if what == "name" else self.units
        return words.get(language, words["en"])


@cache
def entries() -> tuple[CommonIndicator, ...]:
    """All of them in the order of the file."""
    text = resources.files("hansa.strategy.plan").joinpath("indicators.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    return tuple(
        _entry(code, words, group, read["units"]) for group in read["group"] for code, words in group["codes"].items()
    )


def _entry(code: str, words: list[str], group: dict[str, Any], units: dict[str, list[str]]) -> CommonIndicator:
    unit, english, polish = words
    return CommonIndicator(
        code,
        {"en": english, "pl": polish},
        {"en": units[unit][0], "pl": units[unit][1]},
        group["programme"],
        group["valid_from"],
        group["valid_to"],
        group["check"],
    )


def by_code(code: str) -> CommonIndicator | None:
    """The entry of a code whatever its spaces and capitals (`rco 16` is `RCO16`)."""
    wanted = "".join(code.upper().split())
    return next((each for each in entries() if each.code == wanted), None)
