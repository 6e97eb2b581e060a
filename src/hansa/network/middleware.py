"""What every request passes: no NUL in its address; who acts, on the request and in the database's session."""

from collections.abc import Callable

import pghistory
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse

from hansa.network.models import Membership, Person, Role
from hansa.network.permissions import holds, organisations_of

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
        with see_as_person(person):
            if request.method in CHANGING and person is not None:
                with pghistory.context(person=person.pk, path=request.path):
                    return get_response(request)
            return get_response(request)

    return middleware


class see_as:  # noqa: N801  (reads as a phrase: with see_as("3,7"))
    """Row-level security lets these agencies' private rows through until the block ends; who leads the partnership
    reads what it may read of all agencies besides. `client` is the one whose link is used, if any."""

    def __init__(self, agencies: str, *, leads: bool = False, client: int | None = None) -> None:
        self.agencies, self.leads, self.client = agencies, leads, client
        self.before = ("", "", "")

    def __enter__(self) -> None:
        self.before = self._set(self.agencies, "on" if self.leads else "", f"{self.client or ''}")

    def __exit__(self, *_: object) -> None:
        if not connection.needs_rollback and connection.connection is not None:
            self._set(*self.before)

    @staticmethod
    def _set(agencies: str, leads: str, client: str) -> tuple[str, str, str]:
        """Set all three and return what they were, so that blocks can stand inside one another."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(current_setting('hansa.agencies', true), ''), "
                "coalesce(current_setting('hansa.leads', true), ''), "
                "coalesce(current_setting('hansa.client', true), '')"
            )
            before = cursor.fetchone()
            cursor.execute(
                "SELECT set_config('hansa.agencies', %s, false), set_config('hansa.leads', %s, false), "
                "set_config('hansa.client', %s, false)",
                [agencies, leads, client],
            )
        return before


def see_as_person(person: Person | None) -> see_as:
    """The rows of the agencies for which a person acts: as a reader of the pages, or by a key for programs."""
    # the same two roles that `permissions.py` of the brokerage lets read private parts
    agencies = ",".join(str(o.pk) for o in organisations_of(person, Role.BROKER, Role.LEAD_PARTNER))
    return see_as(agencies, leads=holds(person, Role.LEAD_PARTNER))


def acting_for_all() -> see_as:
    """The rows of every agency for which somebody may act: what the worker acts as when it serves them in turn."""
    roles = (Role.BROKER, Role.LEAD_PARTNER)
    agencies = Membership.objects.filter(role__in=roles).order_by().values_list("organisation_id", flat=True).distinct()
    return see_as(",".join(str(pk) for pk in agencies))
