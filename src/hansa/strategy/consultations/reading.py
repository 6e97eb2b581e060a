"""A list of people to invite, from a CSV file: all of it, or its faults by row and column."""

from __future__ import annotations

import csv
import io

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.network.faults import Refused
from hansa.network.models import LANGUAGES_OF_RECORDS, Region
from hansa.strategy.consultations.actions import Invited
from hansa.strategy.models.consultations import HELIX_CHOICES

COLUMNS = ("name", "email", "helix", "region", "language")
MOST = 10_000
MOST_FAULTS = 10


def read_invited(content: bytes) -> list[Invited]:
    """The people of a CSV file in UTF-8, with commas or semicolons; empty lines are left out.

    Raises:
        Refused: with the first faults, each by row (the heading is row 1) and column; nothing is half-read.
    """
    rows = _rows(content)
    regions = Region.objects.in_bulk({row["region"] for _n, row in rows if row["region"]}, field_name="code")
    faults: list[str] = []
    seen: dict[str, int] = {}
    found = []
    for number, row in rows:
        for column, fault in _faults(row, regions):
            faults.append(_("row %(row)d, %(column)s: %(fault)s") % {"row": number, "column": column, "fault": fault})
        address = row["email"].lower()
        if address and address in seen:
            said = _("the same address as in row %(row)d") % {"row": seen[address]}
            faults.append(_("row %(row)d, %(column)s: %(fault)s") % {"row": number, "column": "email", "fault": said})
        seen.setdefault(address, number)
        region = regions.get(row["region"])
        found.append(Invited(row["helix"].lower(), row["name"], address, region, row["language"].lower() or "en"))
    if faults:
        raise Refused(_told(faults))
    return found


def _told(faults: list[str]) -> str:
    more = len(faults) - MOST_FAULTS
    said = "; ".join(faults[:MOST_FAULTS])
    if more > 0:
        said += "; " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return _("Nobody was invited. Mend the file and send it again: %(faults)s.") % {"faults": said}


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not in UTF-8: save it as “CSV UTF-8” and send it again.")) from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except csv.Error as fault:
        raise Refused(_("The file is no CSV file: %(fault)s.") % {"fault": fault}) from None
    heading = [cell.lower() for cell in lines[0][1]] if lines else []
    missing = [column for column in COLUMNS if column not in heading]
    if missing:
        raise Refused(_("Row 1 lacks the columns %(columns)s.") % {"columns": ", ".join(missing)})
    at = {column: heading.index(column) for column in COLUMNS}
    rows = [
        (number, {column: line[i][:300] if i < len(line) else "" for column, i in at.items()})
        for number, line in lines[1:]
        if any(line)
    ]
    if not 0 < len(rows) <= MOST:
        raise Refused(_("The file names nobody, or more than %(most)d people.") % {"most": MOST})
    return rows


def _faults(row: dict[str, str], regions: dict[str, Region]) -> list[tuple[str, str]]:
    found = []
    if len(row["name"]) > 160:
        found.append(("name", _("longer than 160 characters")))
    if row["email"]:
        try:
            validate_email(row["email"])
        except ValidationError:
            found.append(("email", _("“%(value)s” is no e-mail address") % {"value": row["email"]}))
    known = [key for key, _label in HELIX_CHOICES]
    if row["helix"].lower() not in known:
        said = {"value": row["helix"], "known": ", ".join(known)}
        found.append(("helix", _("“%(value)s” is none of %(known)s") % said))
    if row["region"] and row["region"] not in regions:
        found.append(("region", _("no region has the code “%(value)s”") % {"value": row["region"]}))
    if row["language"] and row["language"].lower() not in dict(LANGUAGES_OF_RECORDS):
        found.append(("language", _("“%(value)s” is no language code that Hansa knows") % {"value": row["language"]}))
    return found
