"""What goes with a client that is merged into another, whatever part of the room keeps it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Model

from hansa.brokerage.clients.criteria import UNKNOWN, answer_of
from hansa.brokerage.models import Client, ClientContact
from hansa.network.models import Link

FILLED = ("size", "founded", "region", "country", "city", "website", "about", "organisation")


def move(held: Client, kept: Client) -> dict[str, int]:
    """Let everything that points to `held` point to `kept`, and fill what `kept` does not know; the number of rows of
    each table. A contact that both have stays one. Histories stay where they were written."""
    moved: dict[str, int] = {}
    _join_contacts(held, kept)
    for model, column in pointing():
        for row in model._default_manager.filter(**{column: held}):
            if _stays_with_its_parent(row, held):
                continue
            setattr(row, column, kept)
            try:
                with transaction.atomic():
                    row.save(update_fields=[column])
            except IntegrityError:
                # the other has its own: this one stays with the merged client, where it can be read
                continue
            label = model._meta.label_lower
            moved[label] = moved.get(label, 0) + 1
    moved["network.link"] = Link.objects.filter(client=held.pk).update(client=kept.pk)
    for name in FILLED:
        if getattr(kept, name) in (None, ""):
            setattr(kept, name, getattr(held, name))
    kept.identifiers = held.identifiers | kept.identifiers
    # an answer that is known is worth more than one that is not
    kept.criteria = held.criteria | {k: v for k, v in kept.criteria.items() if answer_of(kept.criteria, k) != UNKNOWN}
    kept.languages = sorted({*kept.languages, *held.languages})
    kept.domains = sorted({*kept.domains, *held.domains})
    kept.opened_to = sorted({*kept.opened_to, *held.opened_to})
    kept.save()
    return moved


def pointing() -> list[tuple[type[Model], str]]:
    """Every table with a foreign key to a client and the key's name, those without a reverse name (`+`) too; a table
    whose rows belong to rows of another one of them comes after it."""
    found = [
        (relation.related_model, relation.field.name)
        for relation in Client._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and isinstance(relation.field, ForeignKey)  # type: ignore[union-attr]
    ]
    kept = [(m, name) for m, name in found if m is not Client and not hasattr(m, "pgh_tracked_model")]
    tables = {model for model, _name in kept}
    return sorted(kept, key=lambda pair: (bool(_parents(pair[0], tables)), pair[0]._meta.label_lower))


def _parents(model: type[Model], tables: set[Any]) -> list[str]:
    return [f.name for f in model._meta.concrete_fields if f.is_relation and f.related_model in tables]


def _stays_with_its_parent(row: Model, held: Client) -> bool:
    """Whether a row belongs to another one that could not be moved: both must name the same client."""
    columns = dict(pointing())
    return any(
        getattr(getattr(row, name), f"{columns[type(getattr(row, name))]}_id") == held.pk
        for name in _parents(type(row), set(columns))
        if getattr(row, name) is not None
    )


def _join_contacts(held: Client, kept: Client) -> None:
    """A person who speaks for both becomes one contact, which takes over what only the other one knew."""
    mine = {contact.person_id: contact for contact in kept.contacts.all()}
    for contact in ClientContact.objects.filter(client=held, person__in=mine):
        same = mine[contact.person_id]
        same.phone, same.position = same.phone or contact.phone, same.position or contact.position
        same.save(update_fields=["phone", "position"])
        contact.delete()
    if any(contact.is_main for contact in mine.values()):
        ClientContact.objects.filter(client=held, is_main=True).update(is_main=False)
