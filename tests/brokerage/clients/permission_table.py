"""Who may do what with clients."""

OWN = {"broker"}
BROKERS = {"broker", "broker abroad", "lead_partner"}

TABLE = [
    ("list_clients", "nothing", BROKERS),
    ("record_client", "nothing", BROKERS),
    ("record_client", "own agency", OWN),
    ("view_client", "client", OWN),
    ("edit_client", "client", OWN),
]
SUBJECTS = {"client": lambda desk: desk.client()}
