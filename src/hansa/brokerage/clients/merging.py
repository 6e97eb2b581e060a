"""What goes with a client that is merged into another, whatever part of the room keeps it."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from hansa.brokerage.models import Client, ClientContact
from hansa.network.models import Link

FILLED = ("size", "founded", "region", "country", "city", "website", "about", "organisation")


def move(held: Client, kept: Client) -> dict[str, int]:
    """Let everything that points to `held` point to `kept`, and fill what `kept` does not know; the number of rows of
    each table. A contact that both have stays one. Histories stay where they were written."""
    moved: dict[str, int] = {}
    people = {*kept.contacts.values_list("person", flat=True)}
    ClientContact.objects.filter(client=held, person__in=people).delete()
    if kept.contacts.filter(is_main=True).exists():
        ClientContact.objects.filter(client=held, is_main=True).update(is_main=False)
    for relation in Client._meta.related_objects:
        model = relation.related_model
        if model is Client or not isinstance(model, type) or hasattr(model, "pgh_tracked_model"):
            continue
        label, column = model._meta.label_lower, relation.field.name
        for row in model._default_manager.filter(**{column: held}):
            setattr(row, column, kept)
            try:
                with transaction.atomic():
                    row.save(update_fields=[column])
            except IntegrityError:
                # the other has its own: this one stays with the merged client, where it can be read
                continue
            moved[label] = moved.get(label, 0) + 1
    moved["network.link"] = Link.objects.filter(client=held.pk).update(client=kept.pk)
    for name in FILLED:
        if getattr(kept, name) in (None, ""):
            setattr(kept, name, getattr(held, name))
    kept.identifiers = held.identifiers | kept.identifiers
    kept.criteria = held.criteria | kept.criteria
    kept.languages = sorted({*kept.languages, *held.languages})
    kept.domains = sorted({*kept.domains, *held.domains})
    kept.opened_to = sorted({*kept.opened_to, *held.opened_to})
    kept.save()
    return moved
