"""A kept answer is read by who still acts for all agencies it was given for; sweeping goes through a function of the
owner's, since the worker itself sees no such row."""

from django.db import migrations

from hansa.network.rows import AGENCIES, policies, without

TABLE = "network_idempotencykey"
SWEEP = f"""
CREATE FUNCTION hansa_sweep_idempotency_keys(kept interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH swept AS (DELETE FROM public.{TABLE} WHERE created_at < now() - kept RETURNING 1) SELECT count(*) FROM swept
$$
"""  # noqa: S608  (the table's name is written here)


class Migration(migrations.Migration):
    dependencies = [("network", "0007_token_scopes")]
    operations = [
        migrations.RunSQL(
            [*policies(TABLE, works=f"agencies <@ coalesce({AGENCIES}, '{{}}'::bigint[])"), SWEEP],
            ["DROP FUNCTION hansa_sweep_idempotency_keys(interval)", *without(TABLE)],
        )
    ]
