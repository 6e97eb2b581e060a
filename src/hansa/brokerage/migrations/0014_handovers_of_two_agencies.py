"""A handover is read and answered by the two agencies it lies between."""

from django.db import migrations

from hansa.network.rows import any_of, of_agency, policies, without

HANDOVER = "brokerage_handover"


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0013_brokers")]
    operations = [
        migrations.RunSQL(policies(HANDOVER, works=any_of(of_agency(), of_agency("to_agency_id"))), without(HANDOVER))
    ]
