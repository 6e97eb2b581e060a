"""From a request to an actor, and from an action's refusal to a sentence on the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from hansa.network.actions.links import use_link
from hansa.network.faults import Forbidden, Refused
from hansa.network.middleware import see_as
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


def by_link(purpose: str) -> Callable[[View], View]:
    """A page for whoever holds a link: `request.link` is set, rows of its client alone are let through, and a link that
    is unknown, expired or revoked answers 404 with one sentence. The view's first argument is the secret."""

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def wrapped(request: HttpRequest, secret: str, *args: Any, **kwargs: Any) -> HttpResponse:
            link = use_link(secret, purpose)
            if link is None:
                return render(request, "hansa_network/no_link.html", {"section": ""}, status=404)
            request.link = link  # type: ignore[attr-defined]
            # whoever is signed in beside it acts here as the link's holder alone
            with see_as("", client=link.client):
                response = view(request, secret, *args, **kwargs)
            # the origin alone goes on; with "no-referrer" browsers would send the page's form without its origin
            response["Referrer-Policy"] = "strict-origin"
            response["X-Robots-Tag"] = "noindex"
            return response

        return wrapped  # type: ignore[return-value]

    return decorate
