"""From a request to an actor, and from an action's refusal to a sentence on the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Person

View = TypeVar("View", bound=Callable[..., HttpResponse])


def actor(request: HttpRequest) -> Person:
    """The signed-in person; somebody with an account but no part in the network is turned away."""
    person: Person | None = getattr(request, "person", None)
    if person is None:
        raise PermissionDenied
    return person


def signed_in(view: View) -> View:
    """Ask for sign-in first, and answer an action's `Forbidden` with status 403 and its sentence."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as fault:
            raise PermissionDenied(str(fault)) from None

    return wrapped  # type: ignore[return-value]


def attempt(request: HttpRequest, act: Callable[[], Any], done: str = "") -> bool:
    """Carry out an act; tell the reader that it is done, or in one sentence why it was refused."""
    try:
        act()
    except Refused as fault:
        messages.error(request, str(fault))
        return False
    if done:
        messages.success(request, done)
    return True
