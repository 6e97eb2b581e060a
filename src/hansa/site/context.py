"""What every page's shell needs: the navigation, the reader, and whether the figures are real."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from hansa.network.models import Membership, Role
from hansa.network.notices.queries import count_unread
from hansa.network.permissions import open_memberships
from hansa.network.registry import registry
from hansa.strategy import figures


def shell(request: HttpRequest) -> dict[str, Any]:
    person = getattr(request, "person", None)
    memberships: list[Membership] = open_memberships(person) if person else []
    return {
        "navigation": [(item, item.count(person)) for item in registry.in_order()],
        "reader": person,
        "leads": any(membership.role == Role.LEAD_PARTNER for membership in memberships),
        "unread": count_unread(person),
        "reader_membership": memberships[0] if memberships else None,
        "languages": settings.LANGUAGES,
        "synthetic": figures.is_synthetic(),
    }
