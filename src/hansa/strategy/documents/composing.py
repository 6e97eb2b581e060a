"""From the chapters that the parts registered to a document's content, and the digest by which two are told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation

from hansa.strategy.documents.blocks import Content, Text, clean
from hansa.strategy.documents.contract import chapters_of
from hansa.strategy.documents.writing import Writer
from hansa.strategy.models import Document, Run


class Stopped(Exception):
    """The writing was stopped between two chapters."""


def compose(run: Run, kind: str, language: str, *, after: Callable[[float], None] = lambda share: None) -> Content:
    """Write a document of a run from its records as they are now.

    `after` is told after each chapter which share of them is done; it may raise `Stopped`.
    """
    with translation.override(language):
        writer = Writer(kind, language)
        sources = chapters_of(kind)
        chapters = []
        for done, (_key, source) in enumerate(sources, start=1):
            chapter = source.write(run, writer)
            if chapter is not None:
                chapters.append(chapter)
            after(done / len(sources))
        return Content(
            kind=kind,
            language=language,
            title=str(Document.Kind(kind).label),
            subtitle=(Text(clean(run), "quoted"),),
            chapters=tuple(chapters),
        )


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a content's canonical JSON without its drawings, which follow from the specifications beside them."""

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: bare(each) for name, each in value.items() if name != "svg"}
        return [bare(each) for each in value] if isinstance(value, list | tuple) else value

    return hashlib.sha256(json.dumps(bare(content), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
