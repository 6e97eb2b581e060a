"""Whatever people paste is cleaned without failing, in linear time, and without losing what they said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.matching.grams import BUCKETS, counted, counted_many
from hansa.matching.text import MAX_CHARACTERS, first_words, phrases, plain, variety, words


def test_markup_goes_and_words_stay() -> None:
    html = "<div><p>Casting &amp; moulding</p><script>alert('x')</script><style>p{}</style>of <b>zinc</b></div>"
    assert plain(html).split() == ["Casting", "&", "moulding", "of", "zinc"]


def test_comparison_signs_are_not_markup() -> None:
    assert plain("particles < 5 µm and > 1 µm") == "particles < 5 µm and > 1 µm"


def test_many_unclosed_scripts_hide_the_rest_once() -> None:
    assert plain("before " + "<script>" * 5000 + "x") == "before"


@given(st.text(max_size=300))
def test_cleaning_never_fails_and_leaves_encodable_text(text: str) -> None:
    cleaned = plain(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert len(phrases(cleaned)) <= 12


@given(st.text(min_size=1, max_size=200), st.integers(1, 10))
def test_a_cut_text_is_never_longer_than_asked(text: str, limit: int) -> None:
    cut = first_words(text, limit, longest_word=9, max_characters=50)
    assert len(cut.split()) <= limit
    assert len(cut) <= 50
    assert all(len(word) <= 9 for word in cut.split())


def test_what_stands_beyond_the_longest_text_is_ignored() -> None:
    assert len(plain("a" * (MAX_CHARACTERS + 10))) == MAX_CHARACTERS


def test_prose_is_varied_and_stuffing_is_not() -> None:
    prose = "Our institute builds simulation models of container terminals so that crane schedules can be tried first."
    assert variety(prose) > 0.8
    assert variety("aluminium casting foundry " * 40) < 0.1
    assert variety("") == 1.0


@given(st.lists(st.text(max_size=40), max_size=6))
def test_grams_of_many_texts_are_the_grams_of_each(texts: list[str]) -> None:
    owners, grams, counts = counted_many(texts, (4, 5))
    for number, text in enumerate(texts):
        alone, alone_counts = counted(text, (4, 5))
        assert grams[owners == number].tolist() == alone.tolist()
        assert counts[owners == number].tolist() == alone_counts.tolist()
    assert all(0 <= gram < BUCKETS for gram in grams)


def test_grams_end_at_words_and_ignore_case() -> None:
    assert set(counted("Metal CASTING")[0]) == set(counted("casting metal")[0])
    assert len(counted("ab cd")[0]) == 2
    assert words("Näo-kreem, l'eau") == ["näo-kreem", "l'eau"]


@pytest.mark.parametrize("count", [51, 60, 74, 75, 101, 120, 149, 170])
def test_a_short_last_stretch_joins_the_one_before_it_and_loses_no_word(count: int) -> None:
    prose = " ".join(f"word{n}" for n in range(count))
    assert variety(prose) == 1.0
    stuffed = " ".join(["keyword"] * (count - 20) + [f"word{n}" for n in range(20)])
    assert variety(stuffed) < 0.6
