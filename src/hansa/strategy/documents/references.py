"""From a number in a document back to its record: fields by their path, counts by their name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

from hansa.strategy.documents.blocks import Number, Reference

Value: TypeAlias = float | int | None
counts: dict[tuple[str, str], Callable[..., Value]] = {}
"""(model label, name) -> how the number is counted or computed from one record of the model.

A field `name:argument` gives the argument to the count: `priorities_held:PL84` of a run."""


class Unresolved(LookupError):
    """The record is gone, or has no such field; `str()` names both."""


def counted(record: str, name: str) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register how a number is computed from one record, so that a document can cite it and anybody can check it."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        counts[record, name] = function
        return function

    return register


def value_of(instance: Model, field: str) -> Value:
    """The number at `field` of a record: a registered count, or a path through attributes, keys and places.

    Raises:
        Unresolved: there is no such count and no such path, or what stands there is no number.
    """
    label = instance._meta.label_lower
    name, colon, argument = field.partition(":")
    if (label, name) in counts:
        return counts[label, name](instance, *([argument] if colon else []))
    at: Any = instance
    for part in field.split("."):
        try:
            if isinstance(at, Mapping):
                at = at[part]
            elif isinstance(at, Sequence):
                at = at[int(part)]
            else:
                at = getattr(at, part)
        except (AttributeError, KeyError, IndexError, ValueError):
            raise Unresolved(f"{label} {instance.pk} has no {field}") from None
    if isinstance(at, Decimal):
        return float(at)
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise Unresolved(f"{label} {instance.pk} {field} is no number")
    return at


def resolve(reference: Reference) -> Value:
    """What the record says now.

    Raises:
        Unresolved: the record is gone or has no such field.
    """
    try:
        instance = apps.get_model(reference.record)._default_manager.get(pk=reference.pk)
    except (LookupError, ObjectDoesNotExist):
        raise Unresolved(f"there is no {reference.record} {reference.pk}") from None
    return value_of(instance, reference.field)


@dataclass(frozen=True)
class Changed:
    """A number of a document whose record says something else now; `gone` when the record is no more."""

    number: Number
    now: Value
    gone: bool = False


def changed_since(numbers: Iterable[Number]) -> list[Changed]:
    """The numbers that their records would not give today; one query per kind of record."""
    found = list({(n.reference.record, n.reference.pk, n.reference.field): n for n in numbers}.values())
    wanted: dict[str, set[int]] = {}
    for number in found:
        wanted.setdefault(number.reference.record, set()).add(number.reference.pk)
    held = {record: apps.get_model(record)._default_manager.in_bulk(keys) for record, keys in wanted.items()}
    changed = []
    for number in found:
        instance = held[number.reference.record].get(number.reference.pk)
        try:
            if instance is None:
                raise Unresolved
            now = value_of(instance, number.reference.field)
        except Unresolved:
            changed.append(Changed(number, None, gone=True))
            continue
        if now != number.value:
            changed.append(Changed(number, now))
    return changed
