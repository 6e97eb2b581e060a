"""What every operation of the REST interface shares: who asks, in which transaction, and how it is answered.

A key acts as its person: `authorise` asks the person's roles, and PostgreSQL lets through the rows of the person's
agencies while the request lasts. Every act runs in one transaction that an answer of 400 or more rolls back.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any

import pghistory
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import StringConstraints

from hansa.network.actions import use_token
from hansa.network.middleware import CHANGING, acting_as
from hansa.network.models import ApiToken, Person
from hansa.site.api import idempotency

Scope = ApiToken.Scope
LARGEST_BODY = 1_000_000
"""Bytes of a request."""
LARGEST_KEY = 2**63 - 1
NO_NUL = "^[^\\u0000]*$"

Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]


def words(longest: int) -> Any:
    """A text that PostgreSQL can keep, of at most so many characters."""
    return Annotated[str, StringConstraints(max_length=longest, pattern=NO_NUL)]


class Scoped(HttpBearer):
    """The valid key in the header, when it was made for `scope`: 401 without one, 403 with one made for less."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        held: ApiToken | None = request.api_token  # type: ignore[attr-defined]
        if held is not None and self.scope not in held.scopes:
            raise HttpError(403, _("This token was not made for this: it lacks “%(scope)s”.") % {"scope": self.scope})
        return held


def person_of(request: HttpRequest) -> Person:
    """Whose key it is."""
    person: Person = request.api_token.person  # type: ignore[attr-defined]
    return person


def allows(request: HttpRequest, scope: str) -> bool:
    return scope in request.api_token.scopes  # type: ignore[attr-defined]


def problem(status: int, title: str, **members: Any) -> HttpResponse:
    """An RFC 9457 problem; `title` is one sentence in the reader's language."""
    content = {"type": "about:blank", "title": title, "status": status, **members}
    return JsonResponse(content, status=status, content_type="application/problem+json")


def around(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What happens before and after every operation."""

    @wraps(run)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.api_next = request.api_etag = ""  # type: ignore[attr-defined]
        fault = body_fault(request)
        if fault is not None:
            return fault
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        token = use_token(key.strip()) if scheme.lower() == "bearer" else None
        request.api_token = token  # type: ignore[attr-defined]
        if token is None:
            return run(request, *args, **kwargs)
        request.person = token.person  # type: ignore[attr-defined]
        with acting_as(token.person):
            if request.method not in CHANGING:
                return dressed(request, run(request, *args, **kwargs))
            with pghistory.context(person=token.person.pk, path=request.path), transaction.atomic():
                response = idempotency.once(
                    request, token, lambda: dressed(request, run(request, *args, **kwargs)), problem
                )
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                return response

    return answered


def body_fault(request: HttpRequest) -> HttpResponse | None:
    """Why the body is not read at all."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return problem(413, _("The body is too large: at most %(n)d bytes are read.") % {"n": LARGEST_BODY})
    if request.method in CHANGING and int(length) and request.content_type != "application/json":
        return problem(415, _("Send the body as application/json."))
    if request.method in CHANGING and int(length) and request.body.lstrip()[:1] != b"{":
        return problem(400, _("Send the body as one JSON object."))
    return None


def dressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with the headers of its operation: ETag, Link, and what the browser may keep."""
    if response.status_code < 300:
        if request.api_etag:  # type: ignore[attr-defined]
            response["ETag"] = request.api_etag  # type: ignore[attr-defined]
        if request.api_next:  # type: ignore[attr-defined]
            query = request.GET.copy()
            query["cursor"] = request.api_next  # type: ignore[attr-defined]
            response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Accept-Language"
    return response


# --- one record ------------------------------------------------------------------------------------------------------
def etag(record: Mapping[str, Any]) -> str:
    told = json.dumps(record, cls=DjangoJSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:40]}"'


def one(request: HttpRequest, record: dict[str, Any]) -> dict[str, Any]:
    """One record as the answer, with its strong ETag."""
    request.api_etag = etag(record)  # type: ignore[attr-defined]
    return record


def unchanged(request: HttpRequest, record: Mapping[str, Any]) -> None:
    """Raise 412 when `If-Match` names another state than this; call it on a locked record.

    The mark of weakness that compression puts before an ETag is passed over: the content is the same.
    """
    wanted = request.headers.get("If-Match", "").strip()
    if wanted in ("", "*"):
        return
    held = etag(record)
    if held not in {each.strip().removeprefix("W/") for each in wanted.split(",")}:
        raise HttpError(412, _("It has changed since you read it; read it again."))


# --- lists -----------------------------------------------------------------------------------------------------------
class Page(Schema):
    cursor: str = Field("", max_length=200, description="`next` of the page before; empty for the first page")
    limit: int = Field(100, ge=1, le=1000)


def sealed(value: Any) -> str:
    """A place in a list as a cursor; what it says is nobody's business."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsealed(cursor: str, kind: type) -> Any:
    """The place that a cursor says; 400 for one that no list gave out."""
    try:
        value = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        value = None
    if type(value) is not kind or (kind is int and not 0 <= value <= LARGEST_KEY) or value != clean(value):
        raise HttpError(400, _("The cursor is not one that this list gave out."))
    return value


def clean(value: Any) -> Any:
    """PostgreSQL stores no NUL; a filter that carries one can match nothing."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def keyset(
    request: HttpRequest, rows: Any, field: str, page: Page, shape: Callable[[Any], Any], kind: type = int
) -> dict[str, Any]:
    """One page of a queryset in the order of a unique field, with the cursor of the next: stable while rows come."""
    rows = rows.order_by(field)
    if page.cursor:
        rows = rows.filter(**{f"{field}__gt": unsealed(page.cursor, kind)})
    found = list(rows[: page.limit + 1])
    more, found = len(found) > page.limit, found[: page.limit]
    return paged(request, [shape(row) for row in found], sealed(getattr(found[-1], field)) if more else None)


def window(request: HttpRequest, items: Iterable[Any], page: Page, shape: Callable[[Any], Any]) -> dict[str, Any]:
    """One page of a fixed sequence."""
    every = list(items)
    start = unsealed(page.cursor, int) if page.cursor else 0
    end = start + page.limit
    return paged(request, [shape(each) for each in every[start:end]], sealed(end) if end < len(every) else None)


def paged(request: HttpRequest, items: list[Any], following: str | None) -> dict[str, Any]:
    request.api_next = following or ""  # type: ignore[attr-defined]
    return {"items": items, "next": following}
