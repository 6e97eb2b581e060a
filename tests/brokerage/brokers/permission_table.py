"""Who may do what with absences and handovers."""

OWN = {"broker"}
ABROAD = {"broker abroad"}
BROKERS = OWN | ABROAD | {"lead_partner"}
ALL = BROKERS | {"analyst", "coordinator", "facility_manager", "reader"}


def absence(desk):
    from hansa.brokerage.models import Absence

    agency = desk.cast.agencies["PL84"]
    return Absence(agency=agency, broker=desk.broker, cover=desk.abroad)


def handover(desk):
    from hansa.brokerage.models import Handover

    return Handover(agency=desk.cast.agencies["PL84"], to_agency=desk.cast.agencies["FI1C"])


TABLE = [
    ("plan_absence", "nothing", BROKERS),
    ("plan_absence", "own agency", OWN),
    ("end_absence", "absence", OWN | ABROAD),
    ("view_absences", "nothing", ALL),
    ("hand_over_client", "a client", OWN),
    ("take_back_handover", "handover", OWN),
    ("answer_handover", "handover", ABROAD),
]
SUBJECTS = {"absence": absence, "handover": handover, "a client": lambda desk: desk.client()}
