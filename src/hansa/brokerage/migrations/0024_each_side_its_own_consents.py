"""Both sides read the four consents; each writes its own alone, and so does a client through their link."""

import importlib

from django.db import migrations

from hansa.network.rows import any_of, of_agency, of_client

before = importlib.import_module("hansa.brokerage.migrations.0017_opened_by_four_consents")
CONSENT, ON_A_SIDE = before.CONSENT, before.ON_A_SIDE
# where no agency stands on the other side, the proposer writes its answers down
OWN = any_of(of_agency(), of_client(), f"agency_id IS NULL AND {ON_A_SIDE}")
READ = any_of(ON_A_SIDE, of_client())

FORWARD = [
    f"DROP POLICY of_agency ON {CONSENT}",
    f"CREATE POLICY of_sides ON {CONSENT} FOR SELECT USING ({READ})",
    f"CREATE POLICY begun ON {CONSENT} FOR INSERT WITH CHECK ({ON_A_SIDE})",
    f"CREATE POLICY own ON {CONSENT} FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})",
    f"CREATE POLICY own_delete ON {CONSENT} FOR DELETE USING ({OWN})",
]
BACKWARD = [
    *(f"DROP POLICY {name} ON {CONSENT}" for name in ("own_delete", "own", "begun", "of_sides")),
    f"CREATE POLICY of_agency ON {CONSENT} USING ({READ}) WITH CHECK ({READ})",
]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0023_kinds_of_partner")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
