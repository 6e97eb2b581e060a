"""Regional priorities in four languages, a run over their regions, and labels without the embedding model."""

import pytest

from hansa import evidence

WRITTEN = {
    "PL84": ("pl", "Produkcja żywności i technologie rolno-spożywcze", "10"),
    "LT00": ("lt", "Maisto technologijos ir sveika mityba", "10"),
    "FI1C": ("fi", "Ohjelmistot, tekoäly ja digitaaliset palvelut", "62"),
    "DE60": ("de", "Software und künstliche Intelligenz", "62"),
}


@pytest.fixture
def labels(figures):
    from hansa.strategy import figures as module

    meta = evidence.Meta(
        title="Short names", source="Hansa's own words", licence="EUPL-1.2", classification="NACE Rev. 2", role="labels"
    )
    module.store().put_file("short-labels", evidence.short_labels(), meta, suffix=".parquet")


@pytest.fixture
def no_model(monkeypatch, labels):
    from hansa.strategy.sets import semantics

    monkeypatch.setattr(semantics, "embedder", lambda: None)


@pytest.fixture
def analyst(cast):
    from hansa.network.models import Role

    return cast.people[Role.ANALYST]


@pytest.fixture
def run(cast, figures, analyst):
    from hansa.strategy.actions import start_run
    from hansa.strategy.proposal import Parameters
    from hansa.strategy.sets.concordance import load_themes

    load_themes()
    return start_run(analyst, title="A run", regions=list(cast.regions.values()), parameters=Parameters(min_size=50))


@pytest.fixture
def written(cast, run):
    """One priority per region, each with its sector confirmed."""
    from hansa.strategy.models import RegionalPriority, RegionalTag

    found = {}
    for code, (language, title, sector) in WRITTEN.items():
        priority = RegionalPriority.objects.create(region=cast.regions[code], title=title, language=language, page=3)
        RegionalTag.objects.create(
            priority=priority, facet="sector", classification="NACE Rev. 2", code=sector, label=sector, holds=True
        )
        found[code] = priority
    return found


@pytest.fixture(autouse=True)
def in_english():
    """A page asked for in Polish leaves its language behind in the thread; the next test begins in English."""
    from django.utils import translation

    with translation.override("en"):
        yield
