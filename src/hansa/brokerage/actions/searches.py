"""What a broker does with a need that stays open: save it, change it, pause it, delete it, look at what came."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.brokerage.finding import Wish
from hansa.brokerage.models import MatchText, SavedSearch, SearchAlert
from hansa.brokerage.models.searches import LONGEST_NEED
from hansa.network.audit import note
from hansa.network.faults import Refused
from hansa.network.models import Organisation, Person
from hansa.network.permissions import authorise

State = SavedSearch.State


@transaction.atomic
def save_search(actor: Person, *, agency: Organisation, name: str, wish: Wish, threshold: str) -> SavedSearch:
    """Keep a need with its filters; what is published from now on is compared with it. The same sent twice is one.

    Raises:
        Forbidden: the actor is no broker of the agency.
        Refused: name or need is empty, the need is too long, or there is no such threshold.
    """
    authorise(actor, "brokerage.save_search", agency)
    _check(name, wish, threshold)
    # the agency's row is locked so that two clicks cannot look at once
    Organisation.objects.select_for_update().get(pk=agency.pk)
    same = _columns(name, wish, threshold)
    twin = SavedSearch.objects.filter(agency=agency, state=State.ACTIVE, **same).first()
    if twin is not None:
        return twin
    newest = MatchText.objects.aggregate(newest=Max("pk"))["newest"] or 0
    made = SavedSearch.objects.create(agency=agency, broker=actor, newest_text=newest, **same)
    note(actor, "save_search", made)
    return made


@transaction.atomic
def edit_search(actor: Person, search: SavedSearch, *, name: str, wish: Wish, threshold: str) -> SavedSearch:
    """Change a saved search; what it told before stays.

    Raises:
        Forbidden: the actor is no broker of the search's agency.
        Refused: name or need is empty, the need is too long, or there is no such threshold.
    """
    authorise(actor, "brokerage.edit_search", search)
    _check(name, wish, threshold)
    held = SavedSearch.objects.select_for_update().get(pk=search.pk)
    columns = _columns(name, wish, threshold)
    changed = [column for column, value in columns.items() if getattr(held, column) != value]
    for column in changed:
        setattr(held, column, columns[column])
    held.save(update_fields=changed or None)
    note(actor, "edit_search", held, changed=changed)
    return held


@transaction.atomic
def pause_search(actor: Person, search: SavedSearch) -> SavedSearch:
    """Tell nothing new for a while.

    Raises:
        Forbidden: the actor is no broker of the search's agency.
    """
    authorise(actor, "brokerage.pause_search", search)
    return _set(actor, search, State.PAUSED, "pause_search")


@transaction.atomic
def resume_search(actor: Person, search: SavedSearch) -> SavedSearch:
    """Compare again what is published from now on.

    Raises:
        Forbidden: the actor is no broker of the search's agency.
    """
    authorise(actor, "brokerage.resume_search", search)
    return _set(actor, search, State.ACTIVE, "resume_search")


@transaction.atomic
def delete_search(actor: Person, search: SavedSearch) -> None:
    """Forget a need with all that was told for it; nothing of its text stays.

    Raises:
        Forbidden: the actor is no broker of the search's agency.
    """
    authorise(actor, "brokerage.delete_search", search)
    note(actor, "delete_search", search)
    SavedSearch.objects.filter(pk=search.pk).delete()


@transaction.atomic
def mark_alerts_seen(actor: Person, search: SavedSearch) -> int:
    """Take what came for a search as looked at; returns how many were new.

    Raises:
        Forbidden: the actor is no broker of the search's agency.
    """
    authorise(actor, "brokerage.mark_alerts", search)
    return SearchAlert.objects.filter(search=search, seen_at__isnull=True).update(seen_at=timezone.now())


def _set(actor: Person, search: SavedSearch, state: str, verb: str) -> SavedSearch:
    held = SavedSearch.objects.select_for_update().get(pk=search.pk)
    if held.state == state:
        return held
    held.state = state
    if state == State.ACTIVE:
        held.since = timezone.now()
        held.newest_text = MatchText.objects.aggregate(newest=Max("pk"))["newest"] or 0
    held.save(update_fields=["state", "since", "newest_text"])
    note(actor, verb, held)
    return held


def _columns(name: str, wish: Wish, threshold: str) -> dict[str, object]:
    return {
        "name": name.strip(),
        "text": wish.text.strip(),
        "language": wish.language,
        "want": wish.want,
        "types": [*wish.types],
        "countries": [*wish.countries],
        "place": wish.place,
        "languages": [*wish.languages],
        "priority_id": wish.priority_id,
        "own_region": wish.own_region,
        "threshold": threshold,
    }


def _check(name: str, wish: Wish, threshold: str) -> None:
    if not name.strip():
        raise Refused(_("Give the search a name by which you will know it again."))
    if not wish.text.strip():
        raise Refused(_("Write what is needed first; without a text nothing can be compared."))
    if len(wish.text) > LONGEST_NEED:
        raise Refused(_("The text is too long: at most %(n)d characters are compared.") % {"n": LONGEST_NEED})
    if threshold not in SavedSearch.Threshold.values:
        raise Refused(_("Choose from which strength on you want to be told."))
