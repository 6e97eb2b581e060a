"""Languages are told apart, and the reader's language settles what a few words cannot."""

from __future__ import annotations

import json

import pytest

from hansa.matching import LANGUAGES, detect
from tests.matching.conftest import DATA


@pytest.mark.parametrize("file", ["needs.jsonl", "offers.jsonl"])
def test_profiles_are_recognised(file: str) -> None:
    rows = [json.loads(line) for line in (DATA / file).read_text(encoding="utf-8").splitlines()]
    wrong = [(row["id"], detect(row["text"])) for row in rows if detect(row["text"]) != row["lang"]]
    assert wrong == []


def test_norwegian_is_nb_whatever_it_is_called() -> None:
    text = "Vi ønsker å komme i kontakt med bedrifter som bygger elektriske ferger til kysten av Nordland."
    assert detect(text) == detect(text, hint="no") == detect(text, among=("nb", "da", "sv")) == "nb"
    assert detect(text, among=("no", "en")) == "nb"


def test_reader_language_settles_a_short_text_that_could_be_either() -> None:
    assert detect("robot", hint="pl") == "pl"
    assert detect("robot", hint="nl-NL") == "nl"


def test_a_wrong_hint_does_not_overrule_a_long_text() -> None:
    text = (
        "Szukamy partnera, który zaprojektuje i wykona linię do suszenia drewna dla naszej fabryki mebli pod Olsztynem."
    )
    assert detect(text, hint="en") == "pl"


@pytest.mark.parametrize("text", ["", "   ", "12 345,67", "🙂🙂", "\x00"])
def test_without_letters_only_the_hint_speaks(text: str) -> None:
    assert detect(text) is None
    assert detect(text, hint="lt") == "lt"
    assert detect(text, hint="xx") is None


def test_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tlh"):
        detect("text", among=("pl", "tlh"))
    with pytest.raises(ValueError, match="empty"):
        detect("text", among=())


def test_all_nineteen_languages_are_offered() -> None:
    assert len(set(LANGUAGES)) == 19
