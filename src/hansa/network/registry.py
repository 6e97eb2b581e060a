"""Where the rooms above leave what the shell and other rooms show of them, so that nobody imports upwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from hansa.network.models import Person

T = TypeVar("T")


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the main navigation: `title` is translatable, `view` a URL name, `order` its place on the thread."""

    key: str
    title: Any
    view: str
    order: int
    count: Callable[[Person | None], int | None] = lambda person: None


@dataclass(frozen=True)
class TodayItem:
    """Something that waits for the reader: what, why now, by when, and where to do it."""

    title: str
    url: str
    why: str
    due: date | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Stage:
    """One stretch of a priority's thread: a label, how many records stand there, and the page that lists them."""

    key: str
    label: str
    count: int
    url: str
    detail: str = ""


@dataclass(frozen=True)
class Found:
    """One hit of the search box."""

    kind: str
    title: str
    url: str
    detail: str = ""


@dataclass
class Registry:
    navigation: dict[str, NavigationItem] = field(default_factory=dict)
    today: dict[str, Callable[[Person], Iterable[TodayItem]]] = field(default_factory=dict)
    stages: dict[str, Callable[[Any], Iterable[Stage]]] = field(default_factory=dict)
    searches: dict[str, Callable[[str, Person | None], Iterable[Found]]] = field(default_factory=dict)

    def in_order(self) -> list[NavigationItem]:
        return sorted(self.navigation.values(), key=lambda item: item.order)


registry = Registry()
