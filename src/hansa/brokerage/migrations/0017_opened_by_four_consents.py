"""What four consents open, from either end of a living case; the consents themselves are read by the two sides and by
the client through their link. Cases that are older than the four places get them from what was answered."""

import importlib

from django.db import migrations

from hansa.network.rows import AGENCIES, any_of, of_agency, of_client, policies, without

before = importlib.import_module("hansa.brokerage.migrations.0004_opened_while_the_case_lives")
PRIVATE, CLIENT, CONTACT = "brokerage_requestprivate", "brokerage_client", "brokerage_clientcontact"
CONSENT = "brokerage_introductionconsent"
FROM_THE_OTHER_END = (
    "EXISTS (SELECT 1 FROM brokerage_case AS living JOIN brokerage_match AS m ON m.id = living.match_id "  # noqa: S608
    f"WHERE m.other_request_id = {PRIVATE}.request_id AND living.agency_id = ANY ({AGENCIES}) "
    "AND living.state <> 'declined')"
)
OPENED = any_of(of_agency(), f"opened_to && {AGENCIES} AND ({before.LIVING} OR {FROM_THE_OTHER_END})")
OPENED_BEFORE = f"{of_agency()} OR (opened_to && {AGENCIES} AND {before.LIVING})"
# the private part is seen only while the case lives, and so is the client behind it
OF_OPENED = f"opened_to && {AGENCIES} AND EXISTS (SELECT 1 FROM {PRIVATE} AS p WHERE p.client_id = {CLIENT}.id)"  # noqa: S608
SEEN_CLIENT = f"EXISTS (SELECT 1 FROM {CLIENT} AS c WHERE c.id = {CONTACT}.client_id)"  # noqa: S608
ON_A_SIDE = (
    "EXISTS (SELECT 1 FROM brokerage_introduction AS i JOIN brokerage_case AS c ON c.id = i.case_id "  # noqa: S608
    f"WHERE i.id = {CONSENT}.introduction_id AND (c.agency_id = ANY ({AGENCIES}) OR c.other_agency_id = ANY ({AGENCIES})))"
)
FORWARD = [
    "DROP POLICY private_select ON brokerage_requestprivate",
    before.policy(OPENED),
    f"CREATE POLICY opened ON {CLIENT} FOR SELECT USING ({OF_OPENED})",
    f"CREATE POLICY opened ON {CONTACT} FOR SELECT USING ({SEEN_CLIENT})",
    *policies(CONSENT, works=any_of(ON_A_SIDE, of_client()), reads="current_setting('hansa.leads', true) = 'on'"),
]
BACKWARD = [
    *without(CONSENT, reads=True),
    f"DROP POLICY opened ON {CONTACT}",
    f"DROP POLICY opened ON {CLIENT}",
    "DROP POLICY private_select ON brokerage_requestprivate",
    before.policy(OPENED_BEFORE),
]
PLACES = """
INSERT INTO brokerage_introductionconsent
    (introduction_id, place, agency_id, person_id, answer, how, refusal, asked_at, answered_at)
SELECT i.id, p.place, CASE WHEN p.ours THEN c.agency_id ELSE c.other_agency_id END,
       CASE WHEN p.place = 'our_broker' THEN i.proposed_by_id END,
       CASE WHEN p.place = 'our_broker' THEN true ELSE i.accepted END,
       CASE WHEN p.place = 'our_broker' THEN 'click' WHEN i.accepted IS NULL THEN '' ELSE 'spoken' END, '',
       i.proposed_at, CASE WHEN p.place = 'our_broker' THEN i.proposed_at ELSE i.answered_at END
FROM brokerage_introduction AS i JOIN brokerage_case AS c ON c.id = i.case_id
CROSS JOIN (VALUES ('our_broker', true), ('their_broker', false), ('our_client', true), ('their_client', false))
    AS p (place, ours)
"""


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0016_introduction_consents")]
    operations = [migrations.RunSQL(PLACES, migrations.RunSQL.noop), migrations.RunSQL(FORWARD, BACKWARD)]
