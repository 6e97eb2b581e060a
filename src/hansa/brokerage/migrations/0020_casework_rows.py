"""The work on a case is read and done by its two sides; private notes by the own agency alone."""

from django.db import migrations

from hansa.network.rows import AGENCIES, LEADS, any_of, of_agency, policies, without

SHARED = (
    "brokerage_task",
    "brokerage_interaction",
    "brokerage_casedocument",
    "brokerage_followup",
    "brokerage_outcome",
)
HISTORY = ("brokerage_taskevent", "brokerage_followupevent", "brokerage_outcomeevent")
NOTES = "brokerage_privatenote"


def sides(table: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM brokerage_case AS c WHERE c.id = {table}.case_id "  # noqa: S608
        f"AND (c.agency_id = ANY ({AGENCIES}) OR c.other_agency_id = ANY ({AGENCIES})))"
    )


FORWARD = [
    *(line for table in SHARED[:-1] for line in policies(table, works=sides(table), reads=LEADS)),
    # whoever leads the partnership verifies outcomes too
    *policies(SHARED[-1], works=any_of(sides(SHARED[-1]), LEADS)),
    *(line for table in HISTORY for line in policies(table, works=any_of(sides(table), LEADS))),
    *policies(NOTES, works=of_agency()),
]
BACKWARD = [
    *without(NOTES),
    *(line for table in HISTORY for line in without(table)),
    *without(SHARED[-1]),
    *(line for table in SHARED[:-1] for line in without(table, reads=True)),
]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0019_casework")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
