"""A diagnosis is read and written by the client's own agency, and by the client through their link."""

from django.db import migrations

from hansa.network.rows import any_of, of_agency, of_client, policies, without

TABLES = ("brokerage_diagnosis", "brokerage_diagnosisanswer")


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0021_diagnosis")]
    operations = [
        migrations.RunSQL(
            [line for table in TABLES for line in policies(table, works=any_of(of_agency(), of_client()))],
            [line for table in TABLES for line in without(table)],
        )
    ]
