"""Where the rooms above leave what the shell and other rooms show of them, so that nobody imports upwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
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


@dataclass(frozen=True)
class Said:
    """What a letter says before its link: subject and paragraphs in the language that is active."""

    subject: str
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class Letter:
    """An e-mail with a link: `compose(record, person)` says it, or None when it is not due any more; `view` is the URL
    name whose one argument is the secret."""

    view: str
    compose: Callable[[int, Person], Said | None]


@dataclass(frozen=True)
class NoticeKind:
    """A kind of news: its translatable sentence with %(name)s places, and the group by which people choose how they
    get it."""

    sentence: Any
    group: str
    urgent: bool = False


@dataclass(frozen=True)
class CalendarItem:
    """Something with a date in a person's calendar.

    `uid` stays the same as long as it is the same thing. A start that is a day makes an all-day item, a datetime is
    aware. Calendars are kept by others: title and description name references and states, never clients or private
    text. `changed_at` is when the item last changed, if that is known.
    """

    uid: str
    title: str
    start: date | datetime
    end: date | datetime | None = None
    url: str = ""
    description: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class EventKind:
    """An event that other systems can be told of: its translatable title. Its payload is public: references, states
    and dates."""

    title: Any


@dataclass(frozen=True)
class Rule:
    """A rule of the network that can be set: what it says, its unit, what holds unless set, and its bounds.

    `kind` is "yes_no", "number" (whole) or "choice" (of `choices`, pairs of value and translatable label).
    """

    title: Any
    kind: str
    default: Any
    help: Any = ""
    unit: Any = ""
    least: int | None = None
    most: int | None = None
    choices: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True)
class Retention:
    """A class of records that is kept for a number of days and no longer: `run(before)` lets go of those older than
    the moment it is given and returns how many. The days are a rule that the partnership may set."""

    title: Any
    run: Callable[[datetime], int]
    days: int


@dataclass
class Registry:
    navigation: dict[str, NavigationItem] = field(default_factory=dict)
    today: dict[str, Callable[[Person], Iterable[TodayItem]]] = field(default_factory=dict)
    stages: dict[str, Callable[[Any], Iterable[Stage]]] = field(default_factory=dict)
    searches: dict[str, Callable[[str, Person | None], Iterable[Found]]] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    notices: dict[str, NoticeKind] = field(default_factory=dict)
    notice_groups: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    retention: dict[str, Retention] = field(default_factory=dict)
    calendar: dict[str, Callable[[Person], Iterable[CalendarItem]]] = field(default_factory=dict)
    events: dict[str, EventKind] = field(default_factory=dict)
    erasures: dict[str, Callable[[Person], Mapping[str, int]]] = field(default_factory=dict)

    def in_order(self) -> list[NavigationItem]:
        return sorted(self.navigation.values(), key=lambda item: item.order)


registry = Registry()


def rule(key: str) -> Any:
    """What holds now: the partnership's own setting, else the default declared with the rule."""
    from hansa.network.models import RuleSetting

    declared = registry.rules[key]
    held = RuleSetting.objects.filter(key=key).first()
    return declared.default if held is None else held.value
