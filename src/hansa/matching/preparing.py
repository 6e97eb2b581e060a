"""What is read off a text once: its clean form, language, concepts and variety, for queries and documents alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hansa.matching.language import LANGUAGES, detect, normalised
from hansa.matching.reasons import Asked
from hansa.matching.snapshot import Entry
from hansa.matching.text import plain, variety

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from hansa.matching.concepts import ConceptBridge
    from hansa.matching.records import Document, Query


def prepared_query(query: Query, bridge: ConceptBridge | None) -> Asked:
    """A query with its clean text, its language and, where it says something, its concepts."""
    text = plain(query.text)
    lang = language_of(text, query.lang)
    return Asked(query, text, lang, None if bridge is None or not text else bridge.of(text, lang))


def prepared_documents(
    documents: Sequence[Document],
    texts: Sequence[str],
    vectors: Sequence[NDArray[np.float32] | None],
    bridge: ConceptBridge | None,
) -> list[Entry]:
    """Documents as an index keeps them; `texts` are their whole texts, already clean."""
    langs = [language_of(text, document.lang) for document, text in zip(documents, texts, strict=True)]
    concepts = [None] * len(texts) if bridge is None else bridge.of_many(texts, langs)
    return [
        Entry(document, text, lang, vector, about, variety(text))
        for document, text, lang, vector, about in zip(documents, texts, langs, vectors, concepts, strict=True)
    ]


def language_of(text: str, tag: str | None) -> str | None:
    """The tag if it names a language that detection does not know, else what detection says with the tag as hint."""
    code = normalised(tag)
    if code is not None and code not in LANGUAGES:
        return code
    return detect(text, hint=code)
