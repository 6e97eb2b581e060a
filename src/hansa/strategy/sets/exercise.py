"""The published result of 2021 beside what a run proposes: overlaps computed, differences told by facts, not tuned.

The published statistical layer mixes sections (C, E, H, J) and divisions (72, 74). It is compared on two common
levels: by **section**, where a published division counts as its section and a priority's domain as its own; and by
**division**, where a published section counts as all its divisions of NACE Rev. 2. The overlap is Jaccard's index:
what is in both as a share of what is in either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.evidence.classifications import section
from hansa.strategy.models import Priority, Run
from hansa.strategy.sets import concordance
from hansa.strategy.sets.run_figures import RunFigures, figures_of
from hansa.strategy.sets.vocabularies import shipped

_BLOCKS = (
    (1, 3), (5, 9), (10, 33), (35, 35), (36, 39), (41, 43), (45, 47), (49, 53), (55, 56), (58, 63), (64, 66), (68, 68),
    (69, 75), (77, 82), (84, 84), (85, 85), (86, 88), (90, 93), (94, 96), (97, 98), (99, 99),
)  # fmt: skip
DIVISIONS = tuple(f"{n:02d}" for first, last in _BLOCKS for n in range(first, last + 1))
"""The 88 divisions of NACE Rev. 2 (Regulation (EC) No 1893/2006)."""
THEME_FROM = 0.75
"""A run's domain touches a theme when the concordance gives it at least this weight."""


@dataclass(frozen=True)
class Compared:
    """Two sets on one level: what is in both, only published, only proposed; `jaccard` is None if both are empty."""

    both: list[str]
    only_published: list[str]
    only_proposed: list[str]
    jaccard: float | None


@dataclass(frozen=True)
class Beside:
    """The two results. `reasons` tell for each published division or section that the run lacks why, by its figures."""

    published: Mapping[str, Any]
    by_section: Compared
    by_division: Compared
    themes_carried: Compared
    themes_touched: Compared
    reasons: list[tuple[str, str]]
    facts: list[str]


def compared(published: Collection[str], proposed: Collection[str]) -> Compared:
    there, here = set(published), set(proposed)
    either = there | here
    return Compared(
        sorted(there & here),
        sorted(there - here),
        sorted(here - there),
        len(there & here) / len(either) if either else None,
    )


def published_divisions(layer: Mapping[str, Any]) -> set[str]:
    """All divisions of the published sections, and the published divisions."""
    return {code for code in DIVISIONS if section(code) in layer["sections"]} | set(layer["divisions"])


def published_sections(layer: Mapping[str, Any]) -> set[str]:
    return set(layer["sections"]) | {found for code in layer["divisions"] if (found := section(code))}


def beside(run: Run) -> Beside:
    """The published result of 2021 beside the open priorities of a run."""
    published = shipped("exercise_2021")
    layer = published["statistical"]
    priorities = list(run.priorities.exclude(state__in=Priority.CLOSED))
    domains = {domain[:2] for each in priorities for domain in each.domains if domain[:2] in DIVISIONS}
    themes = {theme for each in priorities for theme in each.themes}
    touched = themes | {
        code
        for code, weights in concordance.weights().items()
        if any(weight >= THEME_FROM and domain[:2] in domains for domain, weight in weights.items())
    }
    by_division = compared(published_divisions(layer), domains)
    known = figures_of(run)
    return Beside(
        published,
        compared(published_sections(layer), {found for code in domains if (found := section(code))}),
        by_division,
        compared(published["thematic"]["themes"], themes),
        compared(published["thematic"]["themes"], touched),
        [(code, reason(code, known)) for code in by_division.only_published],
        facts(run, known),
    )


def reason(division: str, known: RunFigures | None) -> str:
    """Why a published division is in no priority of the run, by the run's own figures and rule."""
    column = known.column_of.get(division) if known is not None else None
    if known is None or column is None:
        return _("the table has no such division") if known is not None else _("the run kept no evidence")
    if not np.isfinite(known.table.location_quotient[:, column]).any():
        return _("the figure is unknown in every region of the run")
    held = int(known.held[:, column].sum())
    if held == 0:
        return _not_held(known, column)
    if held < known.parameters.min_regions:
        return ngettext(
            "%(n)d region holds it, %(least)d must share it", "%(n)d regions hold it, %(least)d must share it", held
        ) % {"n": held, "least": known.parameters.min_regions}
    return _(
        "%(n)d regions hold it, but it is not among the strongest %(domains)d domains of the strongest %(priorities)d "
        "priorities, or was dropped or split off since"
    ) % {"n": held, "domains": known.parameters.most_domains, "priorities": known.parameters.most_priorities}


def _not_held(known: RunFigures, column: int) -> str:
    """Why no region holds a domain: none reaches the quotient, or those that do are too small there."""
    best = float(np.nanmax(known.table.location_quotient[:, column]))
    if best < known.parameters.threshold:
        return _("no region reaches the location quotient %(least)s; the highest is %(best)s") % {
            "least": number_format(known.parameters.threshold, decimal_pos=2),
            "best": number_format(best, decimal_pos=2),
        }
    size = number_format(known.parameters.min_size, decimal_pos=0, force_grouping=True)
    return _("regions above the quotient have fewer than %(size)s persons employed there") % {"size": size}


def facts(run: Run, known: RunFigures | None) -> list[str]:
    """What differs between the two exercises and can be counted."""
    layer = shipped("exercise_2021")["statistical"]
    found = [
        _("The published result is of 2021; the run's figures are of %(year)s.") % {"year": run.year or "–"},
        _("Which figures, weights and thresholds the exercise of 2021 used is not published; the run's own are shown "
          "with it."),
    ]  # fmt: skip
    if known is None:
        return found
    wanted = published_divisions(layer)
    covered = {code for code in known.column_of if code in wanted}
    lacking = sorted({section(code) or "" for code in DIVISIONS} - {section(code) or "" for code in known.column_of})
    found.append(
        _("The run's table has %(n)d domains; of the %(wanted)d published divisions it covers %(covered)d.")
        % {"n": len(known.column_of), "wanted": len(wanted), "covered": len(covered)}
    )
    if lacking:
        found.append(
            _("Sections that the table does not cover at all: %(sections)s.") % {"sections": ", ".join(lacking)}
        )
    stand_ins = [
        f"{code} ← {source}"
        for code, source in zip(known.outcome.codes, known.outcome.sources, strict=True)
        if code != source
    ]
    if stand_ins:
        found.append(
            _("Regions that take part with the figures of another one: %(regions)s.")
            % {"regions": ", ".join(stand_ins)}
        )
    unknown = float(np.mean(~np.isfinite(known.table.location_quotient)))
    found.append(
        _("%(share)s %% of the cells of the run's regions are unknown in the table.")
        % {"share": number_format(100 * unknown, decimal_pos=0)}
    )
    return found
