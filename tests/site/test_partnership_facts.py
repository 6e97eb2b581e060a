"""The starter partnership is recorded with sources, resolves within itself, and guesses nothing."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "src" / "hansa" / "site" / "starter" / "partnership.toml"
NUTS = ROOT.parent / "shared" / "data" / "nuts" / "nuts_regions.csv"

KINDS = {"company", "university", "research", "public", "support", "social", "other"}
HELICES = {"business", "academia", "government", "civil"}
GROUP_KINDS = {"partnership", "consortium", "cluster", "stakeholders"}
ROLES = {"lead_partner", "analyst", "broker", "coordinator", "facility_manager", "reader"}
LANGUAGES = {"pl", "lt", "lv", "et", "fi", "sv", "nb", "da", "de", "nl", "it", "pt", "ro", "en"}
KEYS = {
    "place": {"code", "name", "name_latin", "country", "parent", "names", "source"},
    "region": {"code", "names"},
    "organisation": {
        *("key", "name", "short_name", "kind", "helix", "region"),
        *("country", "city", "website", "languages", "source"),
    },
    "group": {
        *("kind", "name", "names", "lead", "region", "since", "until"),
        *("note", "notes", "source", "members"),
    },
    "account": {"email", "name", "names", "language", "role", "organisation", "also"},
}
OPTIONAL = {"until", "also"}
RESOLUTION = re.compile(r"\b\d{4}/\d{2}\b")


@pytest.fixture(scope="module")
def facts() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(FACTS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def nuts() -> dict[str, str]:
    """Country of each NUTS code in either edition."""
    if not NUTS.exists():
        pytest.skip(f"{NUTS} is not beside this checkout, so NUTS codes cannot be compared with Eurostat's list")
    with NUTS.open(encoding="utf-8", newline="") as lines:
        return {row["nuts"]: row["country"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def organisations(facts: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in facts["organisation"]}


@pytest.fixture(scope="module")
def consortia(facts: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [one for one in facts["group"] if one["kind"] == "consortium"]


def is_page(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and "." in parts.netloc


def test_each_table_has_the_agreed_keys_and_no_other(facts: dict[str, list[dict[str, Any]]]) -> None:
    assert set(facts) == set(KEYS)
    for table, allowed in KEYS.items():
        for one in facts[table]:
            assert set(one) <= allowed, (table, one)
            assert allowed - OPTIONAL <= set(one), (table, one)


def test_nothing_is_recorded_twice(facts: dict[str, list[dict[str, Any]]]) -> None:
    unique = {"place": "code", "region": "code", "organisation": "key", "group": "name", "account": "email"}
    for table, key in unique.items():
        counted = Counter(one[key] for one in facts[table])
        assert [value for value, times in counted.items() if times > 1] == []
    assert max(Counter(one["name"] for one in facts["organisation"]).values()) == 1


def test_every_place_organisation_and_group_names_its_source(facts: dict[str, list[dict[str, Any]]]) -> None:
    for table in ("place", "organisation", "group"):
        assert [one["name"] for one in facts[table] if not is_page(one["source"])] == []
        assert [one["name"] for one in facts[table] if len(one["source"]) > 200] == []
    assert [one["name"] for one in facts["organisation"] if one["website"] and not is_page(one["website"])] == []


def test_organisations_use_the_words_of_the_network(facts: dict[str, list[dict[str, Any]]]) -> None:
    for one in facts["organisation"]:
        assert one["kind"] in KINDS - {"company"}, one["name"]
        assert one["helix"] in HELICES, one["name"]
        assert set(one["languages"]) <= LANGUAGES, one["name"]
        assert one["languages"], one["name"]


def test_every_region_is_on_the_nuts_list_or_is_a_recorded_place(
    facts: dict[str, list[dict[str, Any]]], nuts: dict[str, str]
) -> None:
    places = {one["code"]: one["country"] for one in facts["place"]}
    assert not set(places) & set(nuts)
    known = nuts | places
    for place in facts["place"]:
        assert nuts[place["parent"]] == place["country"], place["code"]
        assert place["code"].startswith(f"{place['country']}-"), place["code"]
    assert [one["code"] for one in facts["region"] if one["code"] not in nuts] == []
    for organisation in facts["organisation"]:
        if organisation["region"]:
            assert known[organisation["region"]] == organisation["country"], organisation["name"]
    assert [one["name"] for one in facts["group"] if one["region"] and one["region"] not in known] == []


def test_regions_in_use_are_named_in_english_and_polish(facts: dict[str, list[dict[str, Any]]]) -> None:
    named = {one["code"]: one["names"] for one in [*facts["place"], *facts["region"]]}
    assert [code for code, names in named.items() if not {"en", "pl"} <= set(names)] == []
    used = {one["region"] for one in [*facts["organisation"], *facts["group"]]} - {""}
    used |= {one["parent"] for one in facts["place"]}
    assert used <= set(named)


def test_groups_and_their_members_resolve(
    facts: dict[str, list[dict[str, Any]]], organisations: dict[str, dict[str, Any]]
) -> None:
    for group in facts["group"]:
        keys = [member["organisation"] for member in group["members"]]
        assert group["kind"] in GROUP_KINDS
        assert set(keys) <= set(organisations), group["name"]
        assert len(keys) == len(set(keys)), group["name"]
        assert group["lead"] in {"", *keys}, group["name"]
        assert bool(group["lead"]) == bool(keys), group["name"]
        assert group["note"], group["name"]
        assert group["notes"]["pl"], group["name"]
        assert group["names"]["pl"], group["name"]
        assert group.get("until", date.max) > group["since"], group["name"]
        for member in group["members"]:
            assert set(member) == {"organisation", "basis", "since"}, group["name"]
            assert member["basis"], group["name"]
            assert group["since"] <= member["since"] < group.get("until", date.max), group["name"]


def test_gosmart_bsr_has_its_eight_partners_from_seven_countries(
    facts: dict[str, list[dict[str, Any]]], organisations: dict[str, dict[str, Any]]
) -> None:
    group = next(one for one in facts["group"] if one["name"] == "GoSmart BSR")
    members = [organisations[member["organisation"]] for member in group["members"]]
    assert len(members) == 8
    assert {one["country"] for one in members} == {"PL", "LV", "EE", "LT", "FI", "DE", "DK"}
    assert group["lead"] == "but"
    assert all(one["region"] for one in members)


def test_partnerships_list_no_more_partners_than_they_have(facts: dict[str, list[dict[str, Any]]]) -> None:
    sizes = {one["name"]: len(one["members"]) for one in facts["group"] if one["kind"] == "partnership"}
    assert set(sizes) == {"GoSmart BSR", "RESIST", "SOCORE"}
    assert 1 < sizes["RESIST"] <= 13
    assert 1 < sizes["SOCORE"] <= 10


def test_seven_swietokrzyskie_consortia_six_by_one_resolution_and_the_seventh_by_another(
    consortia: list[dict[str, Any]],
) -> None:
    assert len(consortia) == 7
    assert {one["region"] for one in consortia} == {"PL72"}
    resolutions = []
    for one in consortia:
        named = RESOLUTION.findall(one["note"])
        assert len(named) == 1, one["name"]
        assert RESOLUTION.findall(one["notes"]["pl"]) == named, one["name"]
        assert {found for member in one["members"] for found in RESOLUTION.findall(member["basis"])} <= set(named)
        assert all(RESOLUTION.search(member["basis"]) for member in one["members"]), one["name"]
        resolutions.append(named[0])
    assert Counter(resolutions) == {"8391/23": 6, "8580/24": 1}


def test_the_seventh_lot_was_won_by_the_trade_fair_chamber_after_it_was_reopened(
    consortia: list[dict[str, Any]],
) -> None:
    by_resolution = {RESOLUTION.findall(one["note"])[0]: one for one in consortia}
    seventh = by_resolution["8580/24"]
    assert seventh["lead"] == "grono_targowe"
    assert seventh["since"] == date(2024, 2, 27)
    assert "31 January 2024" in seventh["note"]
    assert {one["since"] for one in consortia if one is not seventh} == {date(2024, 1, 22)}


def test_accounts_are_roles_at_a_reserved_domain_and_resolve(
    facts: dict[str, list[dict[str, Any]]], organisations: dict[str, dict[str, Any]]
) -> None:
    for account in facts["account"]:
        assert account["email"].endswith("@hansa.example"), account["email"]
        assert account["email"] == account["email"].lower()
        assert account["language"] in LANGUAGES, account["email"]
        assert account["names"]["pl"], account["email"]
        parts = [account, *account.get("also", [])]
        assert {part["role"] for part in parts} <= ROLES, account["email"]
        assert {part["organisation"] for part in parts} <= set(organisations), account["email"]
    assert {one["role"] for one in facts["account"]} >= {"lead_partner", "analyst", "broker", "coordinator", "reader"}


def test_every_place_of_gosmart_bsr_has_a_broker_and_somebody_has_two_organisations(
    facts: dict[str, list[dict[str, Any]]], organisations: dict[str, dict[str, Any]]
) -> None:
    group = next(one for one in facts["group"] if one["name"] == "GoSmart BSR")
    served = {organisations[one["organisation"]]["region"] for one in facts["account"] if one["role"] == "broker"}
    assert served == {organisations[member["organisation"]]["region"] for member in group["members"]}
    two = [one for one in facts["account"] if one.get("also")]
    assert two
    assert all(one["organisation"] not in {part["organisation"] for part in one["also"]} for one in two)


def test_the_coordinator_account_belongs_to_a_recorded_coordinator(
    facts: dict[str, list[dict[str, Any]]], consortia: list[dict[str, Any]]
) -> None:
    leads = {one["lead"] for one in consortia} - {""}
    coordinators = [one for one in facts["account"] if one["role"] == "coordinator"]
    assert coordinators
    assert {one["organisation"] for one in coordinators} <= leads
