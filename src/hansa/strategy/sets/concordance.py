"""The shipped themes and their concordance with NACE divisions: ours, loaded once, then the partnership's to edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from hansa.network.audit import note
from hansa.strategy.models import Theme, ThemeDomain
from hansa.strategy.sets.vocabularies import shipped

CLASSIFICATION = "NACE Rev. 2"


@transaction.atomic
def load_themes() -> int:
    """Record the shipped themes that are not there yet, each with its lines; returns how many were new.

    A theme that is there, changed, withdrawn or stripped of lines by people stays as it is.
    """
    known = set(Theme.objects.values_list("code", flat=True))
    content = shipped("themes")
    fresh = [each for each in content["theme"] if each["code"] not in known]
    for each in fresh:
        theme = Theme.objects.create(
            code=each["code"],
            name=each["names"]["en"],
            names=each["names"],
            description=each["description"],
            source=content["source"],
        )
        ThemeDomain.objects.bulk_create(
            ThemeDomain(theme=theme, classification=CLASSIFICATION, domain=domain, weight=weight, note=why)
            for domain, weight, why in each["domains"]
        )
        note(None, "load_theme", theme, lines=len(each["domains"]))
    return len(fresh)


def weights(themes: Iterable[str] | None = None) -> dict[str, dict[str, float]]:
    """Theme -> domain -> weight of the themes that are not withdrawn, or of those named."""
    found: dict[str, dict[str, float]] = {}
    lines = ThemeDomain.objects.filter(theme__withdrawn_at__isnull=True).order_by("theme__code", "domain")
    if themes is not None:
        lines = lines.filter(theme__code__in=list(themes))
    for code, domain, weight in lines.values_list("theme__code", "domain", "weight"):
        found.setdefault(code, {})[domain] = weight
    return found


def domains_of(themes: Iterable[str], least: float) -> dict[str, float]:
    """Domain -> largest weight among the themes, where it is at least `least`."""
    best: dict[str, float] = {}
    for of_theme in weights(themes).values():
        for domain, weight in of_theme.items():
            if weight >= least:
                best[domain] = max(best.get(domain, 0.0), weight)
    return best


def labels() -> Mapping[str, str]:
    """Theme -> its name in the reader's language, withdrawn ones too."""
    return {theme.code: str(theme) for theme in Theme.objects.all()}
