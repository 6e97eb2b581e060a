"""What step 1 shows on the pages of priorities and runs, and what it finds to stand against verifying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.network.models import Person
from hansa.strategy.documents.contract import add_chapter
from hansa.strategy.models import Priority, RegionalTag, Run, Step, Theme
from hansa.strategy.parts import Link, Obstacle, Panel, parts
from hansa.strategy.sets import chapters, queries


def panel(priority: Priority, person: Person | None) -> Panel | None:
    """The members of a priority in their own words, and the thematic layer with its concordance."""
    members = queries.members_of_priority(priority)
    themes = list(Theme.objects.filter(code__in=priority.themes).prefetch_related("concordance"))
    if not members and not themes:
        return None
    context = {
        "members": members,
        "themes": themes,
        "sets": list(priority.common_sets.all()),
        "domains": priority.domains,
    }
    title = gettext_lazy("What the regions wrote")
    return Panel("members", title, "hansa_strategy/sets/_members.html", context, order=10)


def run_panel(run: Run, person: Person | None) -> Panel | None:
    """How many regional priorities the run's regions have, and its sets."""
    context = {"run": run, "counts": queries.counts_of(run)}
    return Panel("sets", gettext_lazy("Common sets"), "hansa_strategy/sets/_run.html", context, order=10)


def obstacles(priorities: Sequence[Priority]) -> Mapping[int, Sequence[Obstacle]]:
    """Members with tags that nobody has decided, and themes that stand on no domain."""
    found: dict[int, list[Obstacle]] = {each.pk: [] for each in priorities}
    undecided = dict(
        RegionalTag.objects.filter(holds__isnull=True, priority__common__in=list(found))
        .values_list("priority__common")
        .annotate(n=Count("priority", distinct=True))
    )
    lines = dict(
        Theme.objects.filter(code__in={code for each in priorities for code in each.themes})
        .values_list("code")
        .annotate(n=Count("concordance"))
    )
    for each in priorities:
        url = f"{each.get_absolute_url()}#members"
        if waiting := undecided.get(each.pk):
            sentence = ngettext(
                "%(n)d regional priority in it has tags that nobody has confirmed or refused",
                "%(n)d regional priorities in it have tags that nobody has confirmed or refused",
                waiting,
            )
            found[each.pk].append(Obstacle(Step.VERIFY, sentence % {"n": waiting}, url))
        bare = [code for code in each.themes if not lines.get(code)]
        if bare and not each.domains:
            sentence = _("it stands on the theme “%(theme)s” alone, which the concordance ties to no domain")
            address = reverse("strategy:theme", args=[bare[0]]) if bare[0] in lines else reverse("strategy:themes")
            found[each.pk].append(Obstacle(Step.VERIFY, sentence % {"theme": bare[0]}, address))
    return found


def register() -> None:
    parts.panels["sets"] = panel
    parts.run_panels["sets"] = run_panel
    parts.obstacles["sets"] = obstacles
    for link in (
        Link("regional", gettext_lazy("Regional priorities"), "strategy:regional_priorities", 30),
        Link("sets", gettext_lazy("Common sets"), "strategy:common_sets", 31),
        Link("shares", gettext_lazy("Who shares what"), "strategy:who_shares", 32),
        Link("themes", gettext_lazy("Themes"), "strategy:themes", 33),
        Link("exercise", gettext_lazy("2021 exercise"), "strategy:exercise_2021", 34),
    ):
        parts.links[link.key] = link
    add_chapter("common_sets", chapters.common_sets, kinds=["strategy", "annex"], order=47)
    add_chapter("themes", chapters.themes, kinds=["strategy", "annex"], order=57)
    add_chapter("exercise", chapters.exercise_2021, kinds=["annex"], order=90)
