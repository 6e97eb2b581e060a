"""Who may do what with clients."""

OWN = {"broker"}
BROKERS = {"broker", "broker abroad", "lead_partner"}

TABLE = [
    ("list_clients", "nothing", BROKERS),
    ("record_client", "nothing", BROKERS),
    ("record_client", "own agency", OWN),
    ("view_client", "client", OWN),
    ("edit_client", "client", OWN),
    ("admit_client", "client", OWN),
    ("refer_client", "client", OWN),
    ("end_client", "client", OWN),
    ("reopen_client", "client", OWN),
]
SUBJECTS = {"client": lambda desk: desk.client()}
