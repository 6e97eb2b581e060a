"""Who a client is, its own agency alone reads; through a link, the client itself. The history follows the same rule."""

from django.db import migrations

from hansa.network.rows import any_of, of_agency, of_client, policies, without

CLIENT = "brokerage_client"
CONTACT = "brokerage_clientcontact"
HISTORY = "brokerage_clientevent"

FORWARD = [
    *policies(CLIENT, works=of_agency(), reads=of_client("id")),
    *policies(CONTACT, works=of_agency(), reads=of_client()),
    *policies(HISTORY, works=any_of(of_agency(), of_client("pgh_obj_id"))),
]
BACKWARD = [*without(HISTORY), *without(CONTACT, reads=True), *without(CLIENT, reads=True)]


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0011_clients")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
