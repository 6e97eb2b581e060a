"""Reads of webhooks and their calls."""

from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet

from hansa.network.models import Delivery, Webhook


def webhooks(words: str = "") -> QuerySet[Webhook]:
    """All addresses with how many calls wait and when the last one was delivered."""
    found = Webhook.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.State.WAITING)),
        delivered=Max("deliveries__tried_at", filter=Q(deliveries__state=Delivery.State.DELIVERED)),
    )
    if words.strip():
        found = found.filter(Q(name__icontains=words.strip()) | Q(url__icontains=words.strip()))
    return found.order_by("name", "pk")


def deliveries(webhook: Webhook, *, event: str = "", state: str = "") -> QuerySet[Delivery]:
    """The calls of an address, the latest first."""
    found = Delivery.objects.filter(webhook=webhook)
    if event:
        found = found.filter(event=event)
    if state:
        found = found.filter(state=state)
    return found.order_by("-created_at", "-pk")
