"""What was opened to another agency closes again for it when its case is declined."""

import importlib

from django.db import migrations

before = importlib.import_module("hansa.brokerage.migrations.0002_private_rows")
LIVING = (
    "EXISTS (SELECT 1 FROM brokerage_case AS living WHERE living.request_id = brokerage_requestprivate.request_id "  # noqa: S608
    f"AND living.other_agency_id = ANY ({before.AGENCIES}) AND living.state <> 'declined')"
)
DROP = "DROP POLICY private_select ON brokerage_requestprivate"


def policy(condition: str) -> str:
    return f"CREATE POLICY private_select ON brokerage_requestprivate FOR SELECT USING ({condition})"


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0003_lists_by_index")]
    operations = [
        migrations.RunSQL(
            [DROP, policy(f"{before.OWN} OR (opened_to && {before.AGENCIES} AND {LIVING})")],
            [DROP, policy(before.OPEN)],
        )
    ]
