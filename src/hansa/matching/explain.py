"""Why something was found: reasons whose contributions add up to the score, and plain sentences for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CODES: Mapping[str, tuple[str, ...]] = {
    "same_meaning": ("query_phrase", "document_phrase", "rank", "among"),
    "close_meaning": ("rank", "among"),
    "shared_concept": ("label_codes", "labels_query", "labels_document"),
    "shared_words": ("words",),
    "similar_spelling": (),
    "same_domain": ("domains",),
    "need_meets_offer": ("want", "kind"),
    "same_side": ("want", "kind"),
    "repetitive_text": ("variety",),
    "past_partner": ("projects",),
    "common_partners": ("count", "organisations"),
    "near_in_projects": (),
    "joins_the_same": (),
    "same_circle": (),
    "same_topics": ("topics",),
    "similar_projects": ("count", "projects"),
    "active_organisation": ("projects",),
    "related_domain": ("domains", "asked"),
    "welcomes_your_region": ("region", "countries"),
    "looks_elsewhere": ("region", "countries"),
    "same_cooperation": ("cooperation",),
    "other_cooperation": ("cooperation", "asked"),
    "shared_priority": ("priorities",),
    "complementary_region": ("region",),
    "proven_record": ("outcomes",),
    "fresh": ("published",),
    "good_quality": ("percent",),
    "low_quality": ("percent",),
    "nearer_by_feedback": ("accepted", "refused"),
    "place_lifted": ("before", "after", "group"),
    "place_yielded": ("before", "after"),
    "room_for_small": ("before", "after"),
    "region_declined": ("region", "times"),
    "kind_declined": ("kind", "times"),
    "stance_declined": ("stance", "times"),
    "signal_share": ("signal",),
}
"""Stable reason codes and the names of their parameters; a face of Hansa may translate them as it likes."""


@dataclass(frozen=True)
class Reason:
    """One part of a score. `signal` names the ranker, `contribution` is its share in score units (negative for
    deductions), `code` is one of `CODES` and `params` (JSON values) fill its sentence."""

    signal: str
    contribution: float
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The reason as plain values for a file or an API."""
        return {
            "signal": self.signal,
            "contribution": self.contribution,
            "code": self.code,
            "params": dict(self.params),
        }


AGAINST: Mapping[str, tuple[str, ...]] = {
    "far_meaning": ("rank", "among"),
    "no_shared_concept": (),
    "no_shared_words": ("lang",),
    "no_shared_domain": ("domains",),
    "no_domain_named": (),
    "side_unclear": ("kind",),
    "no_shared_priority": ("priorities",),
    "published_long_ago": ("published",),
}
"""Codes of what speaks against a document without taking anything from its score; only `Index.why_not` says them."""

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "same_meaning": "Closest parts: “{query_phrase}” and “{document_phrase}” (meaning: {rank} of {among}).",
        "close_meaning": "Number {rank} of {among} in likeness of meaning.",
        "shared_concept": "Both are about: {labels_query}.",
        "shared_words": "Shared words: {words}.",
        "similar_spelling": "Parts of words are shared.",
        "same_domain": "Same domain: {domains}.",
        "need_meets_offer": "A need meets an offer.",
        "same_side": "Both need, or both offer, so it counts for less.",
        "repetitive_text": "The text repeats its words, so it counts for less.",
        "far_meaning": "Only number {rank} of {among} in likeness of meaning.",
        "no_shared_concept": "No subject in common.",
        "no_shared_words": "The same language ({lang}), and no words in common.",
        "no_shared_domain": "None of the domains asked for; it has: {domains}.",
        "no_domain_named": "It names no domain.",
        "side_unclear": "It does not say whether it needs or offers.",
        "past_partner": "Projects done together: {projects}.",
        "common_partners": "Partners in common: {count}, among them {organisations}.",
        "near_in_projects": "A few projects lead from one to the other.",
        "joins_the_same": "Joins the same consortia as earlier partners.",
        "same_circle": "Others with such partners work with it too.",
        "same_topics": "Works in the same topics: {topics}.",
        "similar_projects": "Similar projects before: {count}, the closest {projects}.",
        "active_organisation": "Projects of this organisation: {projects}.",
        "related_domain": "Related domains: {domains} is near {asked}.",
        "welcomes_your_region": "It looks for partners where you are: {region}.",
        "looks_elsewhere": "It looks for partners elsewhere: {countries}.",
        "same_cooperation": "Both sides accept this way of working together: {cooperation}.",
        "other_cooperation": "It looks for another way of working together: {cooperation}, not {asked}.",
        "shared_priority": "Both serve the same priority: {priorities}.",
        "complementary_region": "The region {region} is strong in what yours lacks.",
        "proven_record": "Introductions and agreements of its owner so far: {outcomes}.",
        "fresh": "Published on {published}.",
        "good_quality": "Its quality was rated {percent} of 100.",
        "low_quality": "Its quality was rated only {percent} of 100, so it counts for less.",
        "nearer_by_feedback": "It is nearer to what you accepted before ({accepted} accepted, {refused} refused).",
        "place_lifted": "Shown at place {after} instead of {before}, so that enough of “{group}” are seen; "
        "the score is unchanged.",
        "place_yielded": "Shown at place {after} instead of {before}, to make room for others; the score is unchanged.",
        "room_for_small": "Moved up from place {before} to {after}, so that organisations with few projects are seen.",
        "region_declined": "The region {region} was declined for this query (times: {times}), so it counts for less.",
        "kind_declined": "The kind {kind} was declined for this query (times: {times}), so it counts for less.",
        "stance_declined": "The side “{stance}” was declined for this query (times: {times}), so it counts for less.",
        "signal_share": "Part of the score: {signal}.",
        "no_shared_priority": "No priority in common; it serves: {priorities}.",
        "published_long_ago": "Published long ago: {published}.",
    },
    "pl": {
        "same_meaning": "Najbliższe fragmenty: „{query_phrase}” i „{document_phrase}” "
        "(miejsce {rank} z {among} pod względem znaczenia).",
        "close_meaning": "Miejsce {rank} z {among} pod względem podobieństwa znaczenia.",
        "shared_concept": "Wspólny temat: {labels_query}.",
        "shared_words": "Wspólne słowa: {words}.",
        "similar_spelling": "Teksty mają wspólne części słów.",
        "same_domain": "Ta sama dziedzina: {domains}.",
        "need_meets_offer": "Potrzeba spotyka ofertę.",
        "same_side": "Obie strony szukają albo obie oferują, dlatego liczy się mniej.",
        "repetitive_text": "Tekst powtarza te same słowa, dlatego liczy się mniej.",
        "far_meaning": "Dopiero miejsce {rank} z {among} pod względem znaczenia.",
        "no_shared_concept": "Brak wspólnego tematu.",
        "no_shared_words": "Ten sam język ({lang}), a żadnych wspólnych słów.",
        "no_shared_domain": "Żadna z szukanych dziedzin; podane: {domains}.",
        "no_domain_named": "Nie podano żadnej dziedziny.",
        "side_unclear": "Nie wiadomo, czy szuka, czy oferuje.",
        "past_partner": "Wspólne projekty: {projects}.",
        "common_partners": "Wspólni partnerzy: {count}, między innymi {organisations}.",
        "near_in_projects": "Od jednej do drugiej organizacji prowadzi kilka projektów.",
        "joins_the_same": "Wchodzi w te same konsorcja co dotychczasowi partnerzy.",
        "same_circle": "Współpracują z nią też inni, którzy mają podobnych partnerów.",
        "same_topics": "Pracuje w tych samych tematach: {topics}.",
        "similar_projects": "Podobne wcześniejsze projekty: {count}, najbliższe: {projects}.",
        "active_organisation": "Projekty tej organizacji: {projects}.",
        "related_domain": "Pokrewne dziedziny: {domains} jest blisko {asked}.",
        "welcomes_your_region": "Szuka partnerów właśnie w Państwa regionie: {region}.",
        "looks_elsewhere": "Szuka partnerów gdzie indziej: {countries}.",
        "same_cooperation": "Obie strony zgadzają się na taką formę współpracy: {cooperation}.",
        "other_cooperation": "Szuka innej formy współpracy: {cooperation}, a nie: {asked}.",
        "shared_priority": "Wspólny priorytet: {priorities}.",
        "complementary_region": "Region {region} jest mocny w tym, czego brakuje Państwa regionowi.",
        "proven_record": "Dotychczasowe kontakty i umowy właściciela: {outcomes}.",
        "fresh": "Opublikowano: {published}.",
        "good_quality": "Jakość oceniono na {percent} w skali do 100.",
        "low_quality": "Jakość oceniono tylko na {percent} w skali do 100, dlatego liczy się mniej.",
        "nearer_by_feedback": "Bliżej tego, co wcześniej przyjęto (przyjęte: {accepted}, odrzucone: {refused}).",
        "place_lifted": "Miejsce {after} zamiast {before}, aby widać było dość wyników z grupy „{group}”; "
        "ocena bez zmian.",
        "place_yielded": "Miejsce {after} zamiast {before}, aby zrobić miejsce innym; ocena bez zmian.",
        "room_for_small": "Przesunięto z miejsca {before} na {after}, aby pokazać organizacje z małą liczbą projektów.",
        "region_declined": "Region {region} odrzucono przy tym zapytaniu (ile razy: {times}), dlatego liczy się mniej.",
        "kind_declined": "Rodzaj {kind} odrzucono przy tym zapytaniu (ile razy: {times}), dlatego liczy się mniej.",
        "stance_declined": "Stronę „{stance}” odrzucono przy tym zapytaniu (ile razy: {times}), "
        "dlatego liczy się mniej.",
        "signal_share": "Część oceny: {signal}.",
        "no_shared_priority": "Brak wspólnego priorytetu; służy priorytetom: {priorities}.",
        "published_long_ago": "Opublikowano dawno: {published}.",
    },
}


def render(reason: Reason, lang: str = "en") -> str:
    """One plain sentence for a reason, in English or Polish; any other language gets English.

    Raises KeyError for a code that is in neither `CODES` nor `AGAINST`.
    """
    sentence = _SENTENCES.get(lang, _SENTENCES["en"])[reason.code]
    return sentence.format(**{name: _spoken(value) for name, value in reason.params.items()})


def _spoken(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(_spoken(part) for part in value)
    return str(value)
