"""How a person is taken out of every table: rows stay and count, who they were does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Replace

from hansa.network.models import AuditNote, Link, Notice, Person
from hansa.network.privacy.holdings import pointing
from hansa.network.registry import registry

GONE = "–"
DELETED = (Link, Notice)
"""Rows about a person that nobody needs once they are gone. Consents stay: they justify what was done."""
ENOUGH_TO_TELL = 4
"""A name shorter than this stands inside too many other words to be looked for in texts."""


def texts() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of every table in which somebody may have written a name or an address."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            words = isinstance(field, models.CharField | models.TextField) and not field.choices
            if words and not isinstance(field, ArrayField) and not model._meta.proxy and model._meta.managed:
                yield model, field.attname


def take_out(person: Person) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    """Empty, delete and count: `(emptied, deleted, kept, mentions)`, each by table.

    The address is taken out of every text of the database, the name out of the audit. Texts that still mention the
    name are counted and left for somebody to read: a firm may bear its owner's name.
    """
    name, email = person.name, person.email
    emptied: Counter[str] = Counter()
    deleted: Counter[str] = Counter()
    for erase in registry.erasures.values():
        deleted.update(erase(person))
    for model in DELETED:
        label = model._meta.label_lower
        count = model._default_manager.filter(person=person).delete()[1].get(model._meta.label, 0)
        deleted[label] += count
    user = person.user
    Person.objects.filter(pk=person.pk).update(name=GONE, email="", user=None)
    emptied[Person._meta.label_lower] += 1
    if user is not None:
        user.delete()
        deleted["network.user"] += 1
    # the audit refuses to be changed; a name taken out of it is the one exception, and `Erasure` tells of it
    with pgtrigger.ignore("network.AuditNote:append_only"):
        emptied += _out_of_texts(email)
        emptied[AuditNote._meta.label_lower] += _out_of_audit(name)
    return +emptied, +deleted, _kept(person), mentions(name, email)


def _out_of_texts(email: str) -> Counter[str]:
    emptied: Counter[str] = Counter()
    for model, column in texts() if email else ():
        rows = model._default_manager
        found = rows.filter(**{f"{column}__icontains": email})
        for spelt in {*_spellings(found, column, email)}:
            again = rows.filter(**{f"{column}__contains": spelt})
            emptied[model._meta.label_lower] += again.update(**{column: Replace(column, Value(spelt), Value(""))})
    return emptied


def _spellings(found: models.QuerySet[models.Model], column: str, email: str) -> Iterator[str]:
    """An address as it is written in each text: `Replace` in the database knows capitals."""
    for text in found.values_list(column, flat=True):
        start = text.lower().find(email.lower())
        while start >= 0:
            yield text[start : start + len(email)]
            start = text.lower().find(email.lower(), start + 1)


def _out_of_audit(name: str) -> int:
    if len(name) < ENOUGH_TO_TELL:
        return 0
    changed = 0
    for column in ("label", "reason"):
        found = AuditNote.objects.filter(**{f"{column}__contains": name})
        changed += found.update(**{column: Replace(column, Value(name), Value(GONE))})
    return changed


def _kept(person: Person) -> Counter[str]:
    """Rows that still count, under a number without a name."""
    kept: Counter[str] = Counter()
    for held in pointing():
        kept[held.table] += held.model._default_manager.filter(**{held.column: person}).count()
    return +kept


def mentions(name: str, email: str) -> Counter[str]:
    """In how many rows of which tables a name or an address still stands."""
    found: Counter[str] = Counter()
    for model, column in (*texts(), *_documents()):
        wanted = Q()
        if email:
            wanted |= Q(said__icontains=email)
        if len(name) >= ENOUGH_TO_TELL and name != GONE:
            wanted |= Q(said__icontains=name)
        if wanted:
            rows = model._default_manager.annotate(said=Cast(column, models.TextField()))
            found[model._meta.label_lower] += rows.filter(wanted).count()
    return +found


def _documents() -> Iterator[tuple[type[models.Model], str]]:
    """Columns that hold JSON."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.JSONField) and not model._meta.proxy and model._meta.managed:
                yield model, field.attname
