"""The database's own log of changes: a trigger on every table that people write to.

The trigger is put on after each migration, so that a table made later has it too. It keeps the names of the columns
that changed, never their values. Who acted stands in the session (`hansa.person`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

ROOMS = frozenset({"network", "strategy", "brokerage", "catalogue", "monitoring"})
DERIVED = frozenset(
    {
        # computed and rebuilt at any time, or logs themselves
        "network.rowchange",
        "network.auditnote",
        "network.notice",
        "network.retentionrun",
        "network.project",
        "network.participation",
        "network.identifier",
        "network.region",
        "brokerage.matchtext",
        "brokerage.matchchange",
        "brokerage.matchmeans",
        "brokerage.likeness",
        "brokerage.likenesssearch",
        "brokerage.searchalert",
        "brokerage.teamcandidate",
        "brokerage.counter",
    }
)
FUNCTION = """
CREATE OR REPLACE FUNCTION hansa_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    changed jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') INTO changed FROM jsonb_object_keys(before || after) AS key
        WHERE before -> key IS DISTINCT FROM after -> key;
    IF TG_OP = 'UPDATE' AND changed = '[]' THEN
        RETURN NULL;
    END IF;
    INSERT INTO network_rowchange (person, operation, "table", "row", columns) VALUES (
        nullif(current_setting('hansa.person', true), '')::bigint, left(TG_OP, 1), TG_TABLE_NAME,
        coalesce(after ->> TG_ARGV[0], before ->> TG_ARGV[0]),
        CASE WHEN TG_OP = 'UPDATE' THEN changed ELSE '[]' END
    );
    RETURN NULL;
END $$
"""


def logged() -> Iterator[type[models.Model]]:
    """The models whose rows people write: every model of the rooms that is neither derived nor a history table."""
    for model in apps.get_models():
        label = model._meta.label_lower
        history = hasattr(model, "pgh_tracked_model") or (label.endswith("event") and hasattr(model, "pgh_obj"))
        if model._meta.app_label in ROOMS and label not in DERIVED and not history and model._meta.managed:
            yield model


def put_triggers(**_: Any) -> None:
    """Put the trigger on every table that lacks it; again and again does no harm."""
    there = {*connection.introspection.table_names()}
    if "network_rowchange" not in there:
        return
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'hansa_row_change'")
        have = {row[0].strip('"') for row in cursor.fetchall()}
        for model in logged():
            table, key = model._meta.db_table, model._meta.pk.column
            if table in there and table not in have:
                cursor.execute(
                    f'CREATE TRIGGER hansa_row_change AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
                    f"FOR EACH ROW EXECUTE FUNCTION hansa_row_change('{key}')"
                )
