"""The domains of the Czech regional strategies, as they are published, through the whole of step 1."""

import csv
import io

import pytest

from hansa.matching import load_embedder
from hansa.network.faults import Refused
from hansa.network.models import Region, Role
from hansa.strategy.models import EvidenceCopy, RegionalPriority, RegionalTag, Run
from hansa.strategy.sets import actions, semantics
from hansa.strategy.sets.checking import RECORDED
from hansa.strategy.sets.exercise import DIVISIONS
from hansa.strategy.sets.rule import SetRule
from tests.cast import data_folder


@pytest.fixture
def czech():
    import pyarrow.parquet as pq

    path = data_folder() / "smart_specialisation" / "cz_regional_ris3_domains_2025.parquet"
    if not path.is_file():
        pytest.skip("the Czech domains are not beside this checkout")
    return pq.read_table(path).to_pylist()


def as_csv(rows, known=None):
    """The domains as the import reads them; `known` keeps the codes that NACE has."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(["region", "title", "text", "nace2", "source"])
    for row in rows:
        codes = [code for code in row["nace2"].split("|") if known is None or code in known]
        source = "Národní RIS3 strategie, příloha 2"
        writer.writerow([row["region_cz"], row["domain"], row["description_cs"], "|".join(codes), source])
    return held.getvalue().encode()


@pytest.fixture
def official_labels(figures):
    """The labels in all languages, by which texts of a language are centred."""
    from hansa import evidence
    from hansa.strategy import figures as module

    path = data_folder() / "classifications" / "nace_rev2_labels.parquet"
    if not path.is_file():
        pytest.skip("the official labels are not beside this checkout")
    meta = evidence.Meta(
        title="NACE", source="Eurostat", licence="CC BY 4.0", classification="NACE Rev. 2", role="labels"
    )
    module.store().put_file("nace", path, meta)


def test_the_czech_domains_are_imported_and_compared(czech, cast, official_labels, monkeypatch):
    analyst = cast.people[Role.ANALYST]
    names = sorted({row["region_cz"] for row in czech})
    regions = [
        Region.objects.create(code=f"CZ9{n:02d}", name=name, name_latin=name, country="CZ", level=3)
        for n, name in enumerate(names)
    ]
    with pytest.raises(Refused, match=r"row \d+, column “nace2”: “34”"):  # a slip of the source: NACE has no 34
        actions.import_priorities(analyst, as_csv(czech), "cz.csv")
    made = actions.import_priorities(analyst, as_csv(czech, DIVISIONS), "cz.csv")
    distinct = {(row["region_cz"], row["domain"].casefold()) for row in czech}
    assert len(made) == len(distinct)
    assert {p.language for p in made} <= set(RECORDED), "Czech is no language of the records, so a near one is told"
    run = Run.objects.create(title="Czechia", table="none", evidence_version="-", parameters={})
    run.regions.set(regions)
    assert RegionalTag.objects.filter(holds=True, facet="sector").count() > 200
    model = load_embedder().embedder
    if model is None:
        pytest.skip("the embedding model is not installed")
    monkeypatch.setattr(semantics, "embedder", lambda: model)
    first = actions.compute_sets(analyst, run, SetRule())
    shared = list(first.sets.filter(kind="shared"))
    assert len(shared) > 3 and all(0 < each.overlap <= 1 for each in shared)
    assert RegionalPriority.objects.exclude(vector=None).count() == len(made)
    assert actions.compute_sets(analyst, run, SetRule()).digest == first.digest
    assert not EvidenceCopy.objects.exists()
