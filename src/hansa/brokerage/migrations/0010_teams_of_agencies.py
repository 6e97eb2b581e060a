"""Teams and what belongs to them are worked on by their own agency alone; whoever leads the partnership reads them."""

import importlib

from django.db import migrations

own = importlib.import_module("hansa.brokerage.migrations.0002_private_rows").OWN
TEAM = "brokerage_team"
PARTS = ("brokerage_teamrole", "brokerage_teammember", "brokerage_teamcandidate")
LEADS = "current_setting('hansa.leads', true) = 'on'"


def rules(table: str) -> tuple[str, str]:
    """Who works on a row of a table, and who reads it besides."""
    if table == TEAM:
        return own, LEADS
    its_team = f"EXISTS (SELECT FROM {TEAM} t WHERE t.id = {table}.team_id"
    return f"{its_team} AND t.{own})", LEADS


def policies(table: str) -> list[str]:
    works, reads = rules(table)
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY of_agency ON {table} USING ({works}) WITH CHECK ({works})",
        f"CREATE POLICY of_lead_partner ON {table} FOR SELECT USING ({reads})",
    ]


def without(table: str) -> list[str]:
    return [
        f"DROP POLICY of_lead_partner ON {table}",
        f"DROP POLICY of_agency ON {table}",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0009_weights_learnt_here")]
    operations = [
        migrations.RunSQL(
            [line for table in (TEAM, *PARTS) for line in policies(table)],
            [line for table in (*PARTS, TEAM) for line in without(table)],
        )
    ]
