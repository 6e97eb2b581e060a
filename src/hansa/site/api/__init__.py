"""The REST interface at `/api/`: OpenAPI 3.1, keys that act as their person, problems as problem+json (RFC 9457).

Another part adds its operations by a module with a `router` under `hansa.site.api`, named in `ROUTERS`:

    router = Router(tags=["diagnoses"])

    @router.get("/diagnoses", response={200: Diagnoses}, auth=Scoped(Scope.CLIENTS_READ), summary="Diagnoses")
    def diagnoses(request: HttpRequest, page: Query[Page]) -> Any:
        return keyset(request, queries.diagnoses(person_of(request)), "pk", page, shape)

Who asks, row-level security, transaction, idempotency, ETag, paging, problems and their place in the description come
by themselves. A new scope is one line in `ApiToken.Scope`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from hansa import __version__
from hansa.network.faults import Forbidden, Refused
from hansa.site.api import openapi
from hansa.site.api.common import around, problem

ROUTERS = [
    "evidence",
    "strategy",
    "brokerage.requests",
    "brokerage.matches",
    "brokerage.partners",
    "brokerage.cases",
    "brokerage.searches",
    "brokerage.clients",
    "brokerage.teams",
]
"""Modules of this package whose `router` stands in the interface."""


class Interface(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> Any:
        return openapi.completed(super().get_openapi_schema(**kwargs), self)


api = Interface(
    title="Hansa",
    version=__version__,
    description="Evidence, priorities and brokerage of this partnership. A token acts as its person, within its "
    "scopes; private rows are those of the person's own agencies.",
    docs_url=None,
    urls_namespace="api",
)
api.add_decorator(around, mode="view")
for _name in ROUTERS:
    api.add_router("", import_module(f"{__name__}.{_name}").router)


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    return problem(fault.status_code, str(fault))


@api.exception_handler(AuthenticationError)
def on_no_token(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:
    response = problem(401, _("Send a valid token in the header “Authorization: Bearer …”."))
    response["WWW-Authenticate"] = 'Bearer realm="Hansa"'
    return response


@api.exception_handler(Http404)
def on_unknown(request: HttpRequest, fault: Http404) -> HttpResponse:
    return problem(404, _("There is no such record, or it is not open to you."))


@api.exception_handler(Forbidden)
def on_forbidden(request: HttpRequest, fault: Forbidden) -> HttpResponse:
    return problem(403, str(fault))


@api.exception_handler(Refused)
def on_refused(request: HttpRequest, fault: Refused) -> HttpResponse:
    return problem(409, str(fault))


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """The faults by JSON pointer, without what was sent: it may be private."""
    errors = []
    for each in fault.errors:
        source, *path = [str(step) for step in each["loc"]]
        errors.append({"in": source, "pointer": "".join(f"/{step}" for step in path), "detail": each["msg"]})
    return problem(422, _("Some of what was sent cannot be understood."), errors=errors)
