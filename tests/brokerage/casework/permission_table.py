"""Who may do what in the work on cases."""

TABLE = [("view_board", "nothing", {"broker", "broker abroad", "lead_partner"})]
SUBJECTS = {}
