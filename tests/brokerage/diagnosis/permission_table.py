"""A diagnosis is the client's own agency's."""

OWN = {"broker"}


def diagnosis(desk):
    from hansa.brokerage.diagnosis import actions

    return actions.begin_diagnosis(desk.broker, desk.client())


TABLE = [
    ("begin_diagnosis", "client", OWN),
    ("view_diagnosis", "diagnosis", OWN),
    ("write_diagnosis", "diagnosis", OWN),
]
SUBJECTS = {"diagnosis": diagnosis}
