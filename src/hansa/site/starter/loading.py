"""What a new installation begins with: the partnership, role accounts, statistics and a first run."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa import evidence
from hansa.network.audit import note
from hansa.network.imports import RegionRow, import_regions
from hansa.network.models import (
    Group,
    GroupMember,
    Identifier,
    Membership,
    Organisation,
    Person,
    Region,
    User,
)
from hansa.site.loading import load_folder, load_synthetic
from hansa.site.starter.accounts import keep_accounts
from hansa.strategy import figures
from hansa.strategy.actions import start_run
from hansa.strategy.models import Run
from hansa.strategy.proposal import Parameters
from hansa.strategy.sets.actions import load_shipped_themes

Progress = Callable[[str], None]
FIRST_RUN = "GoSmart BSR"
NUTS_VERSION = "2021"
"""Of the codes in `partnership.toml`; a loaded NUTS list knows them already and goes first."""
NONE = "none"


def facts() -> dict[str, Any]:
    """The starter partnership as recorded, each fact with its source."""
    text = resources.files("hansa.site.starter").joinpath("partnership.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def starter_folder() -> Path | None:
    """The folder to load first: `HANSA_STARTER`, else `shared/data` beside the checkout, else None.

    Raises:
        EvidenceError: `HANSA_STARTER` names a folder that is not there.
    """
    named = os.environ.get("HANSA_STARTER", "")
    checkout = Path(settings.BASE_DIR).parent.parent
    return evidence.choose_starter(Path(named) if named else None, checkout.parent / "shared" / "data")


def is_loaded() -> bool:
    return Group.objects.exists()


def load_starter(progress: Progress) -> bool:
    """Load the starter once; False when it is there already or is not wanted (`HANSA_STARTER=none`)."""
    if is_loaded() or os.environ.get("HANSA_STARTER") == NONE:
        return False
    store = figures.store()
    folder = starter_folder()
    if folder is not None:
        progress(f"Loading the tables of {folder}.")
        load_folder(str(folder), store, progress)
    if not store.names(kind="activity"):
        progress("No statistics found; generating a small synthetic table, labelled so on every page.")
        load_synthetic(store, progress)
    with transaction.atomic():
        record_partnership(facts())
        load_shipped_themes(None)
        progress("The starter partnership is recorded.")
        first_run()
        progress("Common priorities are proposed from the figures.")
    begin_embedding()
    return True


def begin_embedding() -> None:
    from hansa.brokerage.actions import prepare_matching

    prepare_matching()


@transaction.atomic
def record_partnership(known: Mapping[str, Any]) -> None:
    """Record places, organisations, groups and role accounts; repeating it adds nothing."""
    import_regions(
        RegionRow(
            code=region["code"],
            nuts_version=NUTS_VERSION,
            name=region["names"]["en"],
            name_latin=region["names"]["en"],
            country=region["code"][:2],
        )
        for region in known.get("region", [])
    )
    import_regions(
        RegionRow(
            code=place["code"],
            nuts_version="",
            name=place["name"],
            name_latin=place["name_latin"],
            country=place["country"],
            kind=Region.Kind.PLACE,
            level=4,
            parent=place["parent"],
            names=place.get("names", {}),
        )
        for place in known.get("place", [])
    )
    for region in known.get("region", []):
        Region.objects.filter(code=region["code"]).update(names=region["names"])
    organisations = {one["key"]: _organisation(one) for one in known["organisation"]}
    for group in known["group"]:
        _group(group, organisations)
    _accounts(known["account"], organisations)


def _region(code: str) -> Region | None:
    """The region of a code, or the nearest recorded one around it (a small table may lack the finer levels)."""
    for length in range(len(code), 1, -1):
        found = Region.objects.filter(code=code[:length]).first()
        if found is not None:
            return found
    return None


def _organisation(one: Mapping[str, Any]) -> Organisation:
    region = _region(one["region"]) if one.get("region") else None
    held = Identifier.objects.filter(scheme="STARTER", value=one["key"]).select_related("organisation").first()
    if held is not None:
        return held.organisation
    organisation = Organisation.objects.create(
        name=one["name"],
        short_name=one.get("short_name", ""),
        kind=one["kind"],
        helix=one["helix"],
        region=region,
        placed=Organisation.Placed.STATED if region else "",
        country=one["country"],
        city=one.get("city", ""),
        website=one.get("website", ""),
        languages=one.get("languages", []),
        is_partner=True,
        source=one["source"][:200],
    )
    Identifier.objects.create(organisation=organisation, scheme="STARTER", value=one["key"])
    return organisation


def _group(one: Mapping[str, Any], organisations: Mapping[str, Organisation]) -> None:
    group, fresh = Group.objects.get_or_create(
        name=one["name"],
        defaults={
            "kind": one["kind"],
            "names": one.get("names", {}),
            "region": _region(one["region"]) if one.get("region") else None,
            "lead": organisations[one["lead"]] if one.get("lead") else None,
            "since": one.get("since"),
            "until": one.get("until"),
            "note": one.get("note", ""),
            "notes": one.get("notes", {}),
            "source": one["source"],
        },
    )
    if fresh:
        GroupMember.objects.bulk_create(
            GroupMember(
                group=group,
                organisation=organisations[member["organisation"]],
                basis=member.get("basis", ""),
                since=member.get("since"),
            )
            for member in one.get("members", [])
        )
        note(None, "load_starter", group)


def _accounts(accounts: list[Mapping[str, Any]], organisations: Mapping[str, Organisation]) -> None:
    password = os.environ.get("HANSA_DEMO_PASSWORD") or "-".join(secrets.token_hex(2) for _n in range(3))
    listed = []
    today = timezone.localdate()
    for one in accounts:
        if User.objects.filter(email__iexact=one["email"]).exists():
            continue
        user = User.objects.create_user(one["email"], password)
        person = Person.objects.create(user=user, name=one["name"], email=one["email"], language=one["language"])
        for part in [one, *one.get("also", [])]:
            _member(person, organisations[part["organisation"]], part["role"], today)
        organisation = organisations[one["organisation"]]
        listed.append(
            {
                "email": one["email"],
                "password": password,
                "role": one["role"],
                "organisation": organisation.name,
                "region": organisation.region.code if organisation.region else "",
            }
        )
    if listed:
        keep_accounts(listed)


def _member(person: Person, organisation: Organisation, role: str, since: date) -> None:
    membership = Membership.objects.create(person=person, organisation=organisation, role=role, since=since)
    note(None, "give_role", membership, role=role)


def first_run() -> Run | None:
    """A run over the regions of the first partnership, as far as figures stand in for them."""
    group = Group.objects.filter(name=FIRST_RUN).first()
    loaded = figures.current()
    if group is None or loaded is None:
        return None
    regions = Region.objects.filter(organisations__group_memberships__group=group).distinct().order_by("code")
    covered = [region for region in regions if loaded.stand_in_of(region) is not None]
    if len({loaded.stand_in_of(region) for region in covered}) < 2:
        covered = list(Region.objects.filter(code__in=loaded.regions[:6]))
    return start_run(
        None, title=_("First run: %(group)s") % {"group": group.name}, regions=covered, parameters=Parameters()
    )
