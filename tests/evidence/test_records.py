"""Invented figures, coarser tables, organisations and projects."""

import inspect
from pathlib import Path

import pytest

from hansa.evidence import EvidenceError, read_activity, read_regions, roll_up, synthetic
from hansa.evidence.cordis import KINDS, read_organisations, read_projects
from hansa.evidence.interreg import read_partners, repair_name


def test_invented_figures_are_marked_and_the_same_for_the_same_seed():
    table = synthetic(1)
    assert table.synthetic
    assert set(table.table["flag"].to_pylist()) == {"synthetic"}
    assert (len(table.regions), len(table.domains), table.rows) == (24, 40, 960)
    assert table.table.equals(synthetic(1).table)
    assert not table.table.equals(synthetic(2).table)
    assert 0 < table.unknown < table.rows / 5
    assert all(value >= 0 for value in table.table["value"].to_pylist() if value is not None)


def test_invented_regions_and_divisions_are_real_codes(data):
    from hansa.evidence.classifications import section

    codes = {region.code for region in read_regions(data / "nuts" / "nuts_regions.csv")}
    assert set(synthetic(1).regions) - codes == {"LT00"}
    assert all(section(domain) for domain in synthetic(1).domains)


@pytest.fixture
def fine(tmp_path):
    path = tmp_path / "fine.csv"
    path.write_text(
        "region,domain,value,year,unit,flag\n"
        "PL841,05.1,1,2014,p,\nPL842,05.1,2,2014,p,\nPL841,05.2,,2014,p,c\nPL841,10.1,5,2014,p,e\nPL841,10.2,5,2014,p,e\n"
    )
    return read_activity(path)


def test_a_sum_with_an_unknown_part_is_unknown(fine):
    rows = {row["domain"]: row for row in roll_up(fine, region_digits=4, domain_digits=2).table.to_pylist()}
    assert (rows["05"]["value"], rows["05"]["flag"]) == (None, "incomplete")
    assert (rows["10"]["value"], rows["10"]["flag"]) == (10.0, "e")
    assert rows["10"]["region"] == "PL84"


def test_the_known_parts_can_be_added_and_say_so(fine):
    rows = {
        row["domain"]: row for row in roll_up(fine, region_digits=4, domain_digits=2, partial=True).table.to_pylist()
    }
    assert (rows["05"]["value"], rows["05"]["flag"]) == (3.0, "partial")


def test_rolling_up_nothing_changes_nothing(fine):
    key = lambda row: (row["region"], row["domain"])  # noqa: E731
    assert sorted(roll_up(fine).table.to_pylist(), key=key) == sorted(fine.table.to_pylist(), key=key)
    assert roll_up(synthetic(1), region_digits=2).synthetic


def test_different_units_are_not_added(tmp_path):
    path = tmp_path / "u.csv"
    path.write_text("region,domain,value,unit\nPL841,1,1,p\nPL842,1,1,EUR\n")
    with pytest.raises(EvidenceError, match="different units"):
        roll_up(read_activity(path), region_digits=4)
    with pytest.raises(EvidenceError, match="region_digits is 0"):
        roll_up(read_activity(path), region_digits=0)


def test_organisations_of_horizon_europe(data):
    stream = read_organisations(data / "cordis" / "he_organisations.parquet")
    assert inspect.isgenerator(stream)
    organisations = list(stream)
    described = (data / "cordis" / "README.md").read_text()
    assert f"| {len(organisations):,} |" in described
    assert len({one.pic for one in organisations}) == len(organisations)
    assert {one.type for one in organisations} == set(KINDS)
    assert {one.sme for one in organisations} == {True, False, None}
    assert all(one.name == " ".join(one.name.split()) for one in organisations)


def test_projects_of_horizon_europe_with_their_participants(data):
    cordis = data / "cordis"
    stream = read_projects(
        cordis / "he_projects_until_2024-08.parquet", cordis / "he_participations_until_2024-08.parquet"
    )
    assert inspect.isgenerator(stream)
    projects = list(stream)
    described = (cordis / "README.md").read_text()
    assert f"| {len(projects)} |" in described
    assert f"| {sum(len(project.participants) for project in projects):,} |" in described
    assert all(project.title and project.objective and project.topic_title for project in projects)
    led = [p for p in projects if p.participants and p.participants[0].role == "coordinator"]
    coordinated = [p for p in projects if any(one.role == "coordinator" for one in p.participants)]
    assert led == coordinated
    assert led
    assert max(project.start_year for project in projects) == 2024
    known = {one.pic for one in read_organisations(cordis / "he_organisations.parquet")}
    assert {one.pic for project in projects for one in project.participants} == known


def test_a_missing_or_wrong_record_file_is_refused(data, tmp_path):
    with pytest.raises(EvidenceError, match="no such file"):
        list(read_organisations(tmp_path / "absent.parquet"))
    with pytest.raises(EvidenceError, match="no column “pic”"):
        list(read_organisations(data / "classifications" / "euroscivoc_en.parquet"))
    (tmp_path / "x.parquet").write_bytes(b"PAR1PAR1")
    with pytest.raises(EvidenceError, match="damaged"):
        list(read_organisations(tmp_path / "x.parquet"))


def test_swedish_partners_get_codes_and_their_own_names(data):
    regions = list(read_regions(data / "nuts" / "nuts_regions.csv"))
    stream = read_partners(data / "interreg" / "interreg_2021_2027_swedish_partners.parquet", regions)
    assert inspect.isgenerator(stream)
    partners = list(stream)
    assert len(partners) == 1196 - 17  # rows without a name
    assert sum(1 for one in partners if one.nuts2) > 0.99 * len(partners)
    assert {one.nuts2 for one in partners} - {""} == {"SE11", "SE12", "SE21", "SE22", "SE23", "SE31", "SE32", "SE33"}
    assert all(not one.nuts3 or one.nuts3.startswith(one.nuts2) for one in partners)
    assert {one.role for one in partners} == {"lead partner", "partner", "associated partner"}


@pytest.mark.parametrize(
    ("given", "repaired"),
    [
        ("Högskolan I Borås", "Högskolan i Borås"),
        ("LÄNSSTYRELSEN I SKÅNE LÄN", "Länsstyrelsen i Skåne län"),
        ("Mobile Heights Ab (Svb)", "Mobile Heights AB"),
        ("  Åre   Kommun ", "Åre kommun"),
        ("ÖREBRO UNIVERSITET", "Örebro universitet"),
        ("SLU", "SLU"),
        ("AB Kosters Framtid", "AB Kosters Framtid"),
        ("BASTA Online AB", "BASTA Online AB"),
        ("Volvo Technology Corp.", "Volvo Technology Corp."),
    ],
)
def test_names_are_repaired(given, repaired):
    assert repair_name(given) == repaired
    assert repair_name(repaired) == repaired


def test_private_persons_and_nameless_rows_are_left_out(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ["Åre kommun", "Anna Andersson", "Berg (enskild firma)", None]
    kinds = ["Local public authority", "Private person", "SME", "SME"]
    texts = ("program", "projektnamn", "specifiktmal", "organisationsagande", "organisationsroll", "nuts3", "nuts2")
    columns = {name: ["x"] * 4 for name in texts}
    columns |= {"organisationsnamn": names, "organisationstyp": kinds}
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({**columns, "projektar": [2023] * 4, "partnerbudget": [1.0] * 4}), path)
    assert [one.name for one in read_partners(path)] == ["Åre kommun"]


def test_quotation_marks_left_by_another_table_are_taken_off() -> None:
    from hansa.evidence.cordis import unquoted

    assert unquoted('"Asociacija ""Demencija Lietuvoje"""') == 'Asociacija "Demencija Lietuvoje"'
    assert unquoted('"Plain"') == "Plain"
    for untouched in ('Verein "Sonne"', '"A" and "B"', '"', '""', ""):
        assert unquoted(untouched) == untouched


def test_every_division_of_the_invented_table_has_a_short_name(tmp_path: Path) -> None:
    from hansa.evidence import Meta, Store, labels, short_labels, synthetic

    store = Store(tmp_path)
    store.put_file("names", short_labels(), Meta(title="n", classification="NACE Rev. 2", role="labels"), ".parquet")
    for lang in ("en", "pl"):
        assert set(labels(store, lang=lang)) >= set(synthetic(seed=1).domains)
    assert labels(store, lang="pl")["16"] == "Drewno"
