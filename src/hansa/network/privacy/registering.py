"""What data protection leaves in the registry: the letter with the link, and the classes that are kept."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hansa.network.models import Person
from hansa.network.privacy.retaining import CLASSES, declare
from hansa.network.registry import Letter, Said, registry


def letter(record: int, person: Person) -> Said | None:
    told = _("Here you find what this partnership holds on you, and you can keep it as a file.")
    return Said(_("What is held on you"), [told])


def register() -> None:
    for key, kept in CLASSES.items():
        declare(key, kept)
    registry.letters["my_data"] = Letter("network:my_data", letter)
