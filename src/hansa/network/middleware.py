"""What every request passes: no NUL in its address; who acts, on the request and in the database's session."""

from collections.abc import Callable

import pghistory
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse

from hansa.network.models import Membership, Person, Role
from hansa.network.permissions import holds, organisations_of

SETTINGS = ("hansa.agencies", "hansa.leads", "hansa.client", "hansa.person")
"""What a session of the database knows of who acts; the blocks below set them and put them back."""
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to an address with a NUL in it: PostgreSQL takes none, so that no page could look it up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return middleware


def acting_person(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set `request.person`, and tell PostgreSQL for which agencies this request may see private rows."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.person = None  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return get_response(request)
        person = Person.objects.filter(user=request.user).first()
        request.person = person  # type: ignore[attr-defined]
        with acting_as(person):
            if request.method in CHANGING and person is not None:
                with pghistory.context(person=person.pk, path=request.path):
                    return get_response(request)
            return get_response(request)

    return middleware


class see_as:  # noqa: N801  (reads as a phrase: with see_as("3,7"))
    """Row-level security lets these agencies' private rows through until the block ends; who leads the partnership
    reads what it may read of all agencies besides. `client` is the one whose link is used, if any; `person` is who
    acts, for the log of changes (a block inside another keeps the outer one's unless it names its own)."""

    def __init__(
        self, agencies: str, *, leads: bool = False, client: int | None = None, person: Person | None = None
    ) -> None:
        self.agencies, self.leads, self.client, self.person = agencies, leads, client, person
        self.before = ("",) * len(SETTINGS)

    def __enter__(self) -> None:
        # one statement reads what was and sets what is; who acts stays unless somebody else is named
        acts = [f"{self.person.pk}"] if self.person is not None else []
        self.before = self._set(self.agencies, "on" if self.leads else "", f"{self.client or ''}", *acts)

    def __exit__(self, *_: object) -> None:
        if not connection.needs_rollback and connection.connection is not None:
            self._set(*self.before)

    @staticmethod
    def _set(*values: str) -> tuple[str, ...]:
        was = ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)
        told = ", ".join(f"set_config('{name}', %s, false)" for name in SETTINGS[: len(values)])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {was}, {told}", values)
            return tuple(cursor.fetchone()[: len(SETTINGS)])


def acting_as(person: Person | None) -> see_as:
    """The rows that a person may see: those of the agencies for which they act, and what who leads may read besides."""
    # the same two roles that `permissions.py` of the brokerage lets read private parts
    agencies = ",".join(str(o.pk) for o in organisations_of(person, Role.BROKER, Role.LEAD_PARTNER))
    return see_as(agencies, leads=holds(person, Role.LEAD_PARTNER), person=person)


def acting_for_all() -> see_as:
    """The rows of every agency for which somebody may act: what the worker acts as when it serves them in turn."""
    roles = (Role.BROKER, Role.LEAD_PARTNER)
    agencies = Membership.objects.filter(role__in=roles).order_by().values_list("organisation_id", flat=True).distinct()
    return see_as(",".join(str(pk) for pk in agencies))
