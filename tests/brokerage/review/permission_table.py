"""Who may do what around a review."""

OWN = {"broker"}
ABROAD = {"broker abroad"}
BROKERS = OWN | ABROAD | {"lead_partner"}


def in_review(desk):
    from hansa.brokerage.review import actions

    draft = desk.draft()
    actions.ask_review(desk.broker, draft)
    draft.refresh_from_db()
    return draft


TABLE = [
    ("ask_review", "draft", OWN),
    ("take_back_review", "request in review", OWN),
    ("list_reviews", "nothing", BROKERS),
    ("review_request", "request in review", ABROAD | {"lead_partner"}),
    ("review_request", "draft", set()),
    ("view_reviews", "request in review", BROKERS),
    ("view_reviews", "published", OWN),
    ("view_request", "request in review", BROKERS),
    ("renew_request", "published", OWN),
]
SUBJECTS = {"request in review": in_review}
