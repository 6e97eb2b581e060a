"""Reasons of a match as sentences in the reader's language. A code that is not known here never breaks a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hansa.brokerage import objections
from hansa.network.countries import country_name

Params = Mapping[str, Any]
ENOUGH_TO_RANK = 10
SLIGHT = 0.05


@dataclass(frozen=True)
class Explanation:
    """One reason: a few words in bold, a sentence, and the width of its bar in twentieths of the widest. A slight one
    hardly moved the score; it is told only where the score is taken apart."""

    name: str
    sentence: str
    width: int
    contribution: float
    slight: bool = False

    @property
    def against(self) -> bool:
        return self.contribution < 0


def listed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return listed(list(value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(part for part in (listed(each) for each in value) if part)
    return str(value)


def _same_meaning(p: Params) -> str:
    pair = _("“{request}” ↔ “{partner}”").format(
        request=listed(p["query_phrase"]), partner=listed(p["document_phrase"])
    )
    return pair + _place(p)


def _close_meaning(p: Params) -> str:
    return _("the texts say something alike, whatever their language") + _place(p)


def _place(p: Params) -> str:
    """The place among many; among few it would tell nothing."""
    if p["among"] < ENOUGH_TO_RANK:
        return ""
    return _("; number {rank} of {among} compared").format(rank=p["rank"], among=p["among"])


def _shared_concept(p: Params) -> str:
    """The labels of the shared concepts in the reader's language, where the classification has them."""
    in_languages = p.get("labels") or {}
    labels = listed(in_languages.get(reader_language()) or p.get("labels_query") or p.get("label_codes"))
    return _("both are close to: {labels}").format(labels=labels)


def _shared_words(p: Params) -> str:
    return _("the same words: {words}").format(words=listed(p["words"]))


def _similar_spelling(p: Params) -> str:
    return _("parts of words are the same")


def _same_domain(p: Params) -> str:
    return _("the same domain: {domains}").format(domains=listed(p["domains"]))


def _need_meets_offer(p: Params) -> str:
    return _("one side looks for what the other side offers")


def _same_side(p: Params) -> str:
    return _("both sides look for the same, or both offer it")


def _alike_side(p: Params) -> str:
    return _("both look for it, or both offer it")


def _repetitive_text(p: Params) -> str:
    return _("the text repeats its words, so it counts for less")


def _past_partner(p: Params) -> str:
    return _("worked together before: {projects}").format(projects=listed(p["projects"]))


def _common_partners(p: Params) -> str:
    return _("partners in common ({count}): {organisations}").format(
        count=p["count"], organisations=listed(p["organisations"])
    )


def _track_record(p: Params) -> str:
    return _("took part in {project}{year}").format(
        project=listed(p.get("project")), year=f" ({p['year']})" if p.get("year") else ""
    )


def _near_in_projects(p: Params) -> str:
    return _("a few projects lead from one to the other")


def _joins_the_same(p: Params) -> str:
    return _("joins the same consortia as earlier partners")


def _same_circle(p: Params) -> str:
    return _("others with such partners work with it too")


def _same_topics(p: Params) -> str:
    return _("works in the same topics: {topics}").format(topics=listed(p["topics"]))


def _similar_projects(p: Params) -> str:
    return _("similar projects before ({count}): {projects}").format(count=p["count"], projects=listed(p["projects"]))


def _room_for_small(p: Params) -> str:
    told = _("moved up from place {before} to {after}, so that organisations with few projects are seen")
    return told.format(before=p["before"], after=p["after"])


def _active_organisation(p: Params) -> str:
    return _("number of projects: {projects}").format(projects=p["projects"])


GROUPS = {"less_developed": gettext_lazy("less developed regions")}


def _place_lifted(p: Params) -> str:
    return _(
        "at place {after} instead of {before}, so that enough of “{group}” are seen; the score is unchanged"
    ).format(after=p["after"], before=p["before"], group=GROUPS.get(p["group"], p["group"]))


def _place_yielded(p: Params) -> str:
    return _("at place {after} instead of {before}, to make room for others; the score is unchanged").format(
        after=p["after"], before=p["before"]
    )


def _looks_elsewhere(p: Params) -> str:
    return _("they look for partners in: {countries}").format(
        countries=listed([country_name(c) for c in p["countries"]])
    )


def _in_words(template: Any) -> Callable[[Params], str]:
    """A sentence that needs no more than its parameters in their places."""
    return lambda p: str(template).format(**{name: listed(value) for name, value in p.items()})


TEMPLATES: dict[str, tuple[Any, Callable[[Params], str]]] = (
    {
        "same_meaning": (gettext_lazy("Same thing, whatever the language"), _same_meaning),
        "close_meaning": (gettext_lazy("Close in meaning"), _close_meaning),
        "shared_concept": (gettext_lazy("Same subject"), _shared_concept),
        "shared_words": (gettext_lazy("Same words"), _shared_words),
        "similar_spelling": (gettext_lazy("Similar words"), _similar_spelling),
        "same_domain": (gettext_lazy("Same domain"), _same_domain),
        "need_meets_offer": (gettext_lazy("Need ↔ offer"), _need_meets_offer),
        "same_side": (gettext_lazy("Same side"), _same_side),
        "alike_side": (gettext_lazy("Same side"), _alike_side),
        "repetitive_text": (gettext_lazy("Counts for less"), _repetitive_text),
        "past_partner": (gettext_lazy("Partners before"), _past_partner),
        "common_partners": (gettext_lazy("Common partners"), _common_partners),
        "track_record": (gettext_lazy("Track record"), _track_record),
        "near_in_projects": (gettext_lazy("Near in projects"), _near_in_projects),
        "joins_the_same": (gettext_lazy("Same consortia"), _joins_the_same),
        "same_circle": (gettext_lazy("Same circle"), _same_circle),
        "same_topics": (gettext_lazy("Same topics"), _same_topics),
        "similar_projects": (gettext_lazy("Similar projects"), _similar_projects),
        "active_organisation": (gettext_lazy("Active"), _active_organisation),
        "room_for_small": (gettext_lazy("Few projects"), _room_for_small),
        "place_lifted": (gettext_lazy("Place lifted"), _place_lifted),
        "place_yielded": (gettext_lazy("Place yielded"), _place_yielded),
        "looks_elsewhere": (gettext_lazy("Looks elsewhere"), _looks_elsewhere),
    }
    | {
        code: (title, _in_words(template))
        for code, title, template in (
            ("related_domain", gettext_lazy("Related domain"), gettext_lazy("{domains} is near {asked}")),
            (
                "welcomes_your_region",
                gettext_lazy("Looks for you"),
                gettext_lazy("they look for partners where you are: {region}"),
            ),
            (
                "same_cooperation",
                gettext_lazy("Same way to cooperate"),
                gettext_lazy("both sides accept: {cooperation}"),
            ),
            (
                "other_cooperation",
                gettext_lazy("Other way to cooperate"),
                gettext_lazy("they look for {cooperation}, not for {asked}"),
            ),
            ("shared_priority", gettext_lazy("Same priority"), gettext_lazy("both serve: {priorities}")),
            (
                "complementary_region",
                gettext_lazy("Regions complement each other"),
                gettext_lazy("{region} is strong in what your region lacks"),
            ),
            (
                "proven_record",
                gettext_lazy("Proven partner"),
                gettext_lazy("introductions and agreements so far: {outcomes}"),
            ),
            ("fresh", gettext_lazy("Fresh"), gettext_lazy("published on {published}")),
            ("good_quality", gettext_lazy("Good quality"), gettext_lazy("rated {percent} of 100")),
            ("low_quality", gettext_lazy("Low quality"), gettext_lazy("rated only {percent} of 100")),
            (
                "nearer_by_feedback",
                gettext_lazy("As you answered before"),
                gettext_lazy("nearer to what was accepted ({accepted} accepted, {refused} refused)"),
            ),
        )
    }
    | objections.TEMPLATES
)

MISSING: dict[str, Any] = {
    "meaning": gettext_lazy("meaning across languages, because the language model could not be loaded"),
    "concepts": gettext_lazy("shared subjects, because no classification labels are loaded"),
    "meaning_pending": gettext_lazy(
        "the meaning of texts that were loaded a short while ago; this list is made again when they are ready"
    ),
}


def explain(reasons: Sequence[Mapping[str, Any]]) -> list[Explanation]:
    """The reasons of one match, the weightiest first, each with a bar in proportion to its contribution."""
    told = [(reason, _number(reason.get("contribution"))) for reason in reasons]
    widest = max((abs(weight) for _reason, weight in told), default=0.0) or 1.0
    ranked = sorted(told, key=lambda pair: -abs(pair[1]))
    return [_explanation(reason, weight, widest) for reason, weight in ranked]


def _explanation(reason: Mapping[str, Any], weight: float, widest: float) -> Explanation:
    code = str(reason.get("code", ""))
    width = max(1, round(abs(weight) / widest * 20)) if weight else 0
    name, sentence = _("Another signal"), code.replace("_", " ")
    if code in TEMPLATES:
        title, tell = TEMPLATES[code]
        name = str(title)
        try:
            sentence = tell(reason.get("params") or {})
        except (KeyError, TypeError, ValueError, IndexError):
            sentence = ""
    slight = 0 < abs(weight) < widest * SLIGHT
    return Explanation(name=name, sentence=sentence, width=width, contribution=weight, slight=slight)


def missing_signals(codes: Sequence[str]) -> list[str]:
    """What could not be looked at, in words."""
    return [str(MISSING.get(code, code.replace("_", " "))) for code in codes]


def reader_language() -> str:
    return (get_language() or "en").split("-")[0]


def _number(value: Any) -> float:
    try:
        number = float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0
