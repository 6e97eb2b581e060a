"""The catalogues: complete, faithful to their placeholders, of one voice, and enough for a page without English."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.urls import reverse
from django.utils import translation

from hansa.network.countries import country_name, in_order
from hansa.network.models import Role
from hansa.site.ops.messages import PACKAGE, catalogues, stale
from hansa.strategy import about

CATALOGUES = catalogues()
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")
A_FEW_LETTERS = 3
SHOWN_ATTRIBUTES = {"alt", "aria-label", "data-label", "placeholder", "title"}
EMPTY_ELEMENTS = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def name_of(path: Path) -> str:
    return f"{path.parents[3].name}-{path.parents[1].name}"


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def entries(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """The text of an entry, or the texts of all its plural forms."""
    return [text] if isinstance(text, str) else list(text)


def identity(message: Message) -> tuple[str | None, str]:
    return message.context, forms(message.id)[0]


# The catalogues


def test_every_room_has_a_polish_catalogue_and_django_s_own_plural_rule():
    rooms = {path.parent.name for path in PACKAGE.glob("*/templates")}
    assert {path.parents[3].name for path in CATALOGUES if path.parents[1].name == "pl"} >= rooms
    rules = {(read(path).num_plurals, read(path).plural_expr) for path in CATALOGUES}
    assert len(rules) == 1 and rules.pop()[0] == 4


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_every_entry_is_translated_in_all_its_plural_forms_and_none_is_a_guess(path):
    catalogue = read(path)
    missing = [
        message.id
        for message in catalogue
        if message.id
        and (
            not all(forms(message.string))
            or (message.pluralizable and len(forms(message.string)) != catalogue.num_plurals)
        )
    ]
    assert not missing, f"{name_of(path)} lacks a translation of {missing}"
    assert not [message.id for message in catalogue if message.fuzzy]


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_translation_keeps_the_placeholders_of_its_source(path):
    for message in entries(path):
        wanted = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        for translated in forms(message.string):
            assert set(PLACEHOLDER.findall(translated)) == wanted, f"{message.id} -> {translated}"


def test_a_text_of_several_rooms_has_one_translation():
    """Django merges the catalogues of all rooms into one, so of two translations only one would ever be shown."""
    known: dict[tuple[str, str | None, str], tuple[str, ...]] = {}
    for path in CATALOGUES:
        for message in entries(path):
            key = (path.parents[1].name, *identity(message))
            told = tuple(forms(message.string))
            assert known.setdefault(key, told) == told, f"{key} in {name_of(path)}"


def test_the_catalogues_hold_exactly_the_texts_of_the_sources(tmp_path):
    if shutil.which("xgettext") is None or shutil.which("msgmerge") is None:
        pytest.skip("GNU gettext is absent, so the texts cannot be collected from the sources")
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "pl", "--no-obsolete"]
    leave = shutil.ignore_patterns("__pycache__", "*.po", "*.mo", "static")
    for path in CATALOGUES:
        room = path.parents[3]
        copy = tmp_path / room.name
        shutil.copytree(room, copy, ignore=leave)
        subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True, timeout=120)
        collected = {identity(message) for message in entries(copy / path.relative_to(room))}
        held = {identity(message) for message in entries(path)}
        assert held == collected, f"{name_of(path)} is behind its sources; run `make messages` and translate."


# The pages


class Shown(HTMLParser):
    """What a reader of Polish sees or hears of a page: texts, labels and charts, but nothing marked as English."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.chart = False

    @property
    def foreign(self) -> bool:
        return any(hidden for _tag, hidden in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.chart = tag == "script" and given.get("type") == "application/json"
        hidden = (tag != "html" and given.get("lang") == "en") or tag == "style" or (tag == "script" and not self.chart)
        if not (hidden or self.foreign):
            self.texts += [value for key, value in attrs if key in SHOWN_ATTRIBUTES and value]
        if tag not in EMPTY_ELEMENTS:
            self.open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.foreign:
            return
        self.texts += texts_of(json.loads(data)) if self.chart and data.strip() else [data]


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)


def shown(page: str) -> str:
    parser = Shown()
    parser.feed(page)
    parser.close()
    return " ".join(" ".join(parser.texts).split())


def telltales() -> set[str]:
    """Stretches of two English words or more that have another wording in Polish."""
    found = set()
    for path in CATALOGUES:
        for message in entries(path):
            polish = " ".join(forms(message.string))
            for stretch in (s for text in forms(message.id) for s in PLACEHOLDER.split(text)):
                words = " ".join(stretch.split()).strip(" .,;:()“”…?")
                if len([w for w in words.split() if len(w) >= A_FEW_LETTERS]) >= 2 and words not in polish:
                    found.add(words)
    return found


def english_on(page: str, record_texts: list[str]) -> list[str]:
    text = shown(page)
    for record in record_texts:
        text = text.replace(record, " ")
    return sorted(words for words in telltales() if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))


def test_english_is_found_wherever_a_page_shows_it_but_not_where_it_is_marked_as_english():
    sentence = "No region answers these words."
    assert english_on(f'<html lang="pl"><p>{sentence}</p></html>', [])
    assert english_on(f'<html lang="pl"><input title="{sentence}"></html>', [])
    chart = json.dumps({"axis": {"title": sentence}})
    assert english_on(f'<html lang="pl"><script type="application/json">{chart}</script></html>', [])
    assert not english_on(f'<html lang="pl"><p lang="en">{sentence}</p><br><p>Nic</p></html>', [])
    assert not english_on(f'<html lang="pl"><p>{sentence}</p></html>', [sentence])


@pytest.fixture
def work(cast, figures):
    """A run with its priorities, a published request and a draft."""
    from hansa.brokerage import actions
    from hansa.brokerage.texts import RequestText
    from hansa.strategy.actions import start_run
    from hansa.strategy.proposal import Parameters

    run = start_run(
        cast.people[Role.ANALYST],
        title="Przebieg",
        regions=list(cast.regions.values()),
        parameters=Parameters(min_size=50),
        language="pl",
    )
    broker = cast.people[Role.BROKER]
    for title in ("Odlewnia elementów z aluminium", "Drukowanie czujników"):
        text = RequestText(type="technology_request", language="pl", title=title, summary="Krótkie serie.")
        request = actions.create_request(
            broker, agency=cast.agencies["PL84"], priority=run.priorities.all()[0], text=text
        )
    return run, actions.publish_request(broker, request)


def addresses(run, request) -> dict[str, str]:
    priority = run.priorities.all()[0]
    return {
        "today": reverse("today"),
        "map": reverse("evidence:map"),
        "regions": reverse("evidence:regions"),
        "region": reverse("evidence:region", args=["PL84"]),
        "domain": reverse("evidence:domain", args=["31"]),
        "priorities": reverse("strategy:board"),
        "priority": priority.get_absolute_url(),
        "run": run.get_absolute_url(),
        "requests": reverse("brokerage:requests"),
        "request": request.get_absolute_url(),
        "new request": reverse("brokerage:new_request"),
        "find": reverse("brokerage:find"),
        "searches": reverse("brokerage:searches"),
        "cases": reverse("brokerage:cases"),
        "monitoring": reverse("monitoring:overview"),
        "partnership": reverse("network:partnership"),
        "people": reverse("network:people"),
        "organisations": reverse("network:organisations"),
        "search": reverse("search") + "?q=Podlaskie",
    }


def texts_of_records(cast, loaded) -> list[str]:
    """What the test itself wrote in English: names and the title of the table are records, not interface."""
    names = [agency.name for agency in cast.agencies.values()] + [person.name for person in cast.people.values()]
    return sorted([*names, loaded.entry["title"]], key=len, reverse=True)


def test_no_page_shows_english_to_a_reader_of_polish(client, cast, figures, work):
    assert not stale(), "A catalogue is newer than its .mo; run `python -m hansa.site.ops.messages`."
    records = texts_of_records(cast, figures)
    found: dict[str, list[str]] = {}

    def look(name: str, address: str) -> None:
        for language in ("pl", "en"):
            answer = client.get(address, headers={"Accept-Language": language})
            assert answer.status_code == 200, address
            english = english_on(answer.content.decode(), records)
            if language == "en":
                assert english, f"nothing on the page {name} would tell English from Polish"
            elif english:
                found[name] = english

    look("welcome", reverse("today"))
    look("sign-in", reverse("account_login"))
    client.force_login(cast.people[Role.BROKER].user)
    for name, address in addresses(*work).items():
        look(name, address)
    client.force_login(cast.people[Role.ANALYST].user)
    look("new run", reverse("strategy:new_run"))
    look("data", reverse("evidence:data"))
    assert not found


def test_languages_countries_and_dates_come_out_polish(client, cast, figures, work):
    client.force_login(cast.people[Role.BROKER].user)
    _run, request = work
    page = client.get(request.get_absolute_url(), headers={"Accept-Language": "pl"}).content.decode()
    months = "sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru"
    assert re.search(rf"\b\d{{1,2}} ({months}) \d{{4}}\b", page.casefold())
    form = client.get(reverse("brokerage:new_request"), headers={"Accept-Language": "pl"}).content.decode()
    for word in ("polski", "niderlandzki", "Finlandia", "Niemcy"):
        assert word in form


def test_countries_are_known_by_eurostat_s_codes_and_sorted_by_letters_without_marks():
    with translation.override("pl"):
        assert [country_name(code) for code in ("PL", "EL", "UK", "QQ")] == [
            "Polska",
            "Grecja",
            "Wielka Brytania",
            "QQ",
        ]
    with translation.override("en"):
        assert country_name("UK") == "United Kingdom"
    assert sorted(["Włochy", "Łotwa", "Litwa"], key=in_order) == ["Litwa", "Łotwa", "Włochy"]


def test_the_tables_that_come_with_hansa_are_captioned_in_the_reader_s_language():
    starter = tomllib.loads(resources.files("hansa.evidence").joinpath("starter.toml").read_text(encoding="utf-8"))
    shown_in_captions = {
        each[key] for each in starter["dataset"] if each["kind"] == "activity" for key in ("title", "source", "unit")
    } | {panel["title"] for panel in about.panels()}
    assert shown_in_captions <= about.WORDS_OF_TABLES
    with translation.override("pl"):
        assert about.told("persons employed") == "osób pracujących"
        assert about.told("Owners of boats") == "Owners of boats"


def test_figures_on_the_axes_of_a_chart_are_written_as_on_the_page():
    from hansa.strategy.charts import opportunities_spec, svg

    points = [
        {"density": d, "complexity": c, "value": v, "label": "", "side": "right", "best": False, "tip": "", "href": ""}
        for d, c, v in ((0.2, -1.5, 200.0), (0.6, 1.5, 3400.0))
    ]
    drawn = {}
    for language in ("pl", "en"):
        with translation.override(language):
            drawn[language] = svg(opportunities_spec(points, unit="-"))
    assert ">0,40<" in drawn["pl"] and ">0.40<" not in drawn["pl"]
    assert ">0.40<" in drawn["en"]
