"""Changes of texts are written down for the indexes of words; texts of what is not public are their agency's alone."""

import importlib

from django.db import migrations

AGENCIES = importlib.import_module("hansa.brokerage.migrations.0002_private_rows").AGENCIES
SEEN = f"public OR agency_id = ANY ({AGENCIES})"
READ = ("text", "tags", "concepts")

FORWARD = [
    # a value of 770 bytes that every search reads stays in its row
    "ALTER TABLE brokerage_matchtext ALTER COLUMN place SET STORAGE PLAIN",
    # transactions become visible in another order than they begin: readers ask what was not yet decided last time
    "ALTER TABLE brokerage_matchchange ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX match_change_xid ON brokerage_matchchange (xid)",
    """
    CREATE FUNCTION brokerage_text_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO brokerage_matchchange (text) VALUES (coalesce(NEW.id, OLD.id));
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER text_came_or_went AFTER INSERT OR DELETE ON brokerage_matchtext "
    "FOR EACH ROW EXECUTE FUNCTION brokerage_text_changed()",
    "CREATE TRIGGER text_changed AFTER UPDATE ON brokerage_matchtext FOR EACH ROW WHEN ("
    + " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in READ)
    + ") EXECUTE FUNCTION brokerage_text_changed()",
    "ALTER TABLE brokerage_matchtext ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY text_select ON brokerage_matchtext FOR SELECT USING ({SEEN})",
    "CREATE POLICY text_insert ON brokerage_matchtext FOR INSERT WITH CHECK (true)",
    f"CREATE POLICY text_update ON brokerage_matchtext FOR UPDATE USING ({SEEN}) WITH CHECK (true)",
    f"CREATE POLICY text_delete ON brokerage_matchtext FOR DELETE USING ({SEEN})",
]
BACKWARD = [
    *(f"DROP POLICY text_{verb} ON brokerage_matchtext" for verb in ("delete", "update", "insert", "select")),
    "ALTER TABLE brokerage_matchtext DISABLE ROW LEVEL SECURITY",
    "DROP TRIGGER text_changed ON brokerage_matchtext",
    "DROP TRIGGER text_came_or_went ON brokerage_matchtext",
    "DROP FUNCTION brokerage_text_changed()",
    "ALTER TABLE brokerage_matchchange DROP COLUMN xid",
]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0005_found_in_the_database")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
