"""The addresses of other systems, their calls, and the secret that is shown once."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hansa.network import actions
from hansa.network.faults import Refused
from hansa.network.models import Delivery, Webhook
from hansa.network.permissions import authorise
from hansa.network.registry import registry
from hansa.network.web.acting import actor, attempt, signed_in
from hansa.network.web.lists import csv_response, page_of, wants_csv
from hansa.network.webhooks import queries
from hansa.network.webhooks.forms import WebhookForm
from hansa.network.webhooks.sending import PING

SECTION = "partnership"


@signed_in
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """All addresses that are told of events."""
    authorise(actor(request), "network.view_webhooks")
    words = request.GET.get("q", "")
    found = queries.webhooks(words)
    if wants_csv(request):
        return csv_response(
            "webhooks",
            ["name", "address", "events", "on", "waiting", "last delivered", "failures in a row"],
            found,
            lambda w: [
                w.name,
                w.url,
                " ".join(w.events),
                w.off_at is None,
                w.waiting,
                w.delivered.isoformat() if w.delivered else None,
                w.failures,
            ],
        )
    return render(
        request,
        "hansa_network/webhooks/webhooks.html",
        {"section": SECTION, "page": page_of(request, found), "words": words},
    )


@signed_in
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Name an address; its secret is shown once, on the answer."""
    reader = actor(request)
    authorise(reader, "network.manage_webhook")
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = actions.create_webhook(reader, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return _shown(request, made, secret=secret)
    return render(
        request,
        "hansa_network/webhooks/form.html",
        {"section": SECTION, "form": form},
        status=400 if form.errors else 200,
    )


@signed_in
@never_cache
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One address with the record of its calls."""
    authorise(actor(request), "network.view_webhooks")
    return _shown(request, get_object_or_404(Webhook, pk=pk))


def _shown(request: HttpRequest, held: Webhook, secret: str = "") -> HttpResponse:
    chosen = {key: request.GET.get(key, "") for key in ("event", "state")}
    found = queries.deliveries(held, event=chosen["event"], state=chosen["state"])
    if wants_csv(request):
        return csv_response(
            "calls",
            ["at", "event", "event id", "state", "attempts", "last try", "status", "reason"],
            found.iterator(chunk_size=500),
            lambda d: [
                d.created_at.isoformat(),
                d.event,
                str(d.event_id),
                d.state,
                d.attempts,
                d.tried_at.isoformat() if d.tried_at else None,
                d.status,
                d.reason,
            ],
        )
    return render(
        request,
        "hansa_network/webhooks/webhook.html",
        {
            "section": SECTION,
            "webhook": held,
            "titles": [(key, registry.events[key].title if key in registry.events else key) for key in held.events],
            "secret": secret,
            "page": page_of(request, found),
            "chosen": chosen,
            "events": [*held.events, PING],
            "states": Delivery.State.choices,
        },
    )


@signed_in
@never_cache
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    reader, held = actor(request), get_object_or_404(Webhook, pk=pk)
    authorise(reader, "network.manage_webhook", held)
    initial = {"name": held.name, "url": held.url, "events": held.events}
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_webhook(reader, held, **form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            return redirect("network:webhook", pk=held.pk)
    return render(
        request,
        "hansa_network/webhooks/form.html",
        {"section": SECTION, "form": form, "webhook": held},
        status=400 if form.errors else 200,
    )


@signed_in
@require_POST
def ping(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Webhook, pk=pk)
    done = _("A test call is under way; look at the calls in a moment.")
    attempt(request, partial(actions.ping_webhook, actor(request), held), done)
    return redirect("network:webhook", pk=held.pk)


@signed_in
@never_cache
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Webhook, pk=pk)
    secret = actions.renew_secret(actor(request), held)
    return _shown(request, held, secret=secret)


@signed_in
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    held, on = get_object_or_404(Webhook, pk=pk), request.POST.get("on") == "1"
    done = _("The address is called again.") if on else _("The address is not called any more.")
    attempt(request, partial(actions.switch_webhook, actor(request), held, on=on), done)
    return redirect("network:webhook", pk=held.pk)


@signed_in
@never_cache
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then forget the address with its calls."""
    reader, held = actor(request), get_object_or_404(Webhook, pk=pk)
    authorise(reader, "network.manage_webhook", held)
    if request.method == "POST" and attempt(
        request, partial(actions.delete_webhook, reader, held), _("The address is forgotten.")
    ):
        return redirect("network:webhooks")
    return render(request, "hansa_network/webhooks/delete.html", {"section": SECTION, "webhook": held})
