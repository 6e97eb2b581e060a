"""Row-level security on the private part of requests, for every role but the tables' owner."""

from django.db import migrations

AGENCIES = "string_to_array(nullif(current_setting('hansa.agencies', true), ''), ',')::bigint[]"
OWN = f"agency_id = ANY ({AGENCIES})"
OPEN = f"{OWN} OR opened_to && {AGENCIES}"

FORWARD = [
    "ALTER TABLE brokerage_requestprivate ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY private_select ON brokerage_requestprivate FOR SELECT USING ({OPEN})",
    f"CREATE POLICY private_insert ON brokerage_requestprivate FOR INSERT WITH CHECK ({OWN})",
    f"CREATE POLICY private_update ON brokerage_requestprivate FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})",
    f"CREATE POLICY private_delete ON brokerage_requestprivate FOR DELETE USING ({OWN})",
]
BACKWARD = [
    *(
        f"DROP POLICY private_{command} ON brokerage_requestprivate"
        for command in ("delete", "update", "insert", "select")
    ),
    "ALTER TABLE brokerage_requestprivate DISABLE ROW LEVEL SECURITY",
]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
