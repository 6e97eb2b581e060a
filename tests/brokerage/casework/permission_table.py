"""Who may do what in the work on cases."""

from datetime import date

OWN = {"broker"}
BOTH = OWN | {"broker abroad"}
BROKERS = BOTH | {"lead_partner"}


def task(desk):
    from hansa.brokerage.casework import actions

    return actions.add_task(desk.broker, desk.case(), title="Call", due=date(2030, 1, 1))


def outcome(desk):
    from hansa.brokerage.casework import actions

    return actions.claim_outcome(desk.broker, desk.case(), kind="agreement", year=2026, evidence="The contract.")


TABLE = [
    ("view_board", "nothing", BROKERS),
    ("list_work", "nothing", BROKERS),
    ("add_work", "case", BOTH),
    ("change_work", "task", BOTH),
    ("verify_outcome", "outcome", {"broker abroad", "lead_partner"}),
]
SUBJECTS = {"task": task, "outcome": outcome}
