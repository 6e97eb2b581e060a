"""What the whole database holds on a person, found by its own foreign keys, so that no room can forget a table.

A row whose column is named `person` is about that person and is given whole. Any other column says that the person
acted (`by`, `broker`, `made_by`): of those only the table, the row, and the column are given, because the content is
the agency's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from hansa.network.models import AuditNote, Person, RowChange

SECRET = frozenset({"password", "digest"})
ABOUT = "person"


@dataclass(frozen=True)
class Held:
    """A table that points to people by a column; `about` when its rows are about them."""

    model: type[models.Model]
    column: str
    about: bool

    @property
    def table(self) -> str:
        return self.model._meta.label_lower


def pointing() -> Iterator[Held]:
    """Every column of every table that points to a person, in the order of the tables' names."""
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda m: m._meta.label_lower):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is Person:
                yield Held(model, field.name, field.name == ABOUT and model is not AuditNote)


def export(person: Person) -> dict[str, Any]:
    """All that is held on a person: themselves, the rows about them, and where they acted. Ready for JSON.

    The caller sees to it that row-level security lets the rows through (`acting_for_all`).
    """
    about: dict[str, list[dict[str, Any]]] = {}
    acted: list[dict[str, Any]] = []
    for held in pointing():
        rows = held.model._default_manager.filter(**{held.column: person}).order_by("pk")
        if held.about:
            found = [plain(row) for row in rows.iterator()]
            if found:
                about.setdefault(held.table, []).extend(found)
        else:
            acted += [
                {"table": held.table, "row": str(pk), "as": held.column} for pk in rows.values_list("pk", flat=True)
            ]
    account = plain(person.user) if person.user is not None else None
    changes = RowChange.objects.filter(person=person.pk).count()
    return {"person": plain(person), "account": account, "about": about, "acted": acted, "rows_changed": changes}


def plain(row: models.Model) -> dict[str, Any]:
    """A row as JSON takes it; hashes of passwords and links, and bytes, stay out."""
    return {
        field.attname: _value(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in SECRET and not isinstance(field, models.BinaryField)
    }


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
