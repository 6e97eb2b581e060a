"""Which language a text is written in (naive Bayes over byte n-grams: Lui and Baldwin 2012, package py3langid)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol, cast

from hansa.matching.text import plain, words

LANGUAGES: tuple[str, ...] = (
    "pl", "lt", "lv", "et", "fi", "sv", "nb", "da", "de", "nl", "it", "pt", "ro", "en", "fr", "es", "cs", "sk", "uk",
)  # fmt: skip
"""The languages told apart, as ISO 639-1 codes; Norwegian is always `nb`."""

_ALIASES = {"no": "nb", "nn": "nb"}
_LABELS = {"nb": ("no", "nn")}
_LONGEST = 2_000
_SHORT_WORDS = 12
_NEAR_TIE = 0.25
"""A short text counts as written in the reader's language if that has at least this share of the best one's chance."""


class _Identifier(Protocol):
    def set_languages(self, langs: list[str] | None) -> None: ...
    def rank(self, text: str) -> list[tuple[str, float]]: ...


_lock = threading.Lock()


@lru_cache(maxsize=512)
def normalised(code: str | None) -> str | None:
    """A language code as Hansa writes it: `nb-NO`, `no` and `nn` become `nb`, `EN_gb` becomes `en`; None stays None."""
    if code is None:
        return None
    short = code.strip().replace("_", "-").split("-")[0].lower()
    return _ALIASES.get(short, short) or None


def detect(text: str, among: Iterable[str] = LANGUAGES, hint: str | None = None) -> str | None:
    """The language of `text`, one of `among`, or None if the text has no letters and there is no usable hint.

    `hint` is the reader's (or author's) language. It decides when the text has no letters, and in texts of fewer
    than 12 words when it is nearly as likely as the best guess (at least a quarter of its chance), since two or three
    words are often good Danish and good Norwegian alike. Longer texts are judged on their own words.
    Raises ValueError if `among` names a language that cannot be told apart.
    """
    allowed = sorted({normalised(code) or "" for code in among})
    known = set(LANGUAGES)
    unknown = [code for code in allowed if code not in known]
    if unknown or not allowed:
        raise ValueError(f"Unknown language {unknown or 'list (empty)'}: choose among {', '.join(LANGUAGES)}.")
    hinted = normalised(hint)
    hinted = hinted if hinted in allowed else None
    text = plain(text[:_LONGEST])
    if not any(c.isalpha() for c in text):
        return hinted
    chances = _chances(text, allowed)
    best = max(chances, key=lambda code: (chances[code], code))
    short = len(words(text)) < _SHORT_WORDS
    if hinted is not None and short and chances[hinted] >= _NEAR_TIE * chances[best]:
        return hinted
    return best


def _chances(text: str, allowed: list[str]) -> dict[str, float]:
    with _lock:
        identifier = _restricted(tuple(allowed))
        ranked = identifier.rank(text)
    chances = dict.fromkeys(allowed, 0.0)
    for code, chance in ranked:
        name = normalised(code)
        if name in chances:
            chances[name] += float(chance)
    return chances


@lru_cache(maxsize=1)
def _restricted(allowed: tuple[str, ...]) -> _Identifier:
    """The identifier restricted to some languages: that copies its tables, so it is done only when they change."""
    identifier = _identifier()
    identifier.set_languages([label for code in allowed for label in _LABELS.get(code, (code,))])
    return identifier


@lru_cache(maxsize=1)
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    made: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return cast(_Identifier, made)
