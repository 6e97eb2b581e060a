"""Who speaks for which side of an introduction."""

OWN = {"broker"}
ABROAD = {"broker abroad"}


def place(name):
    def make(desk):
        from hansa.brokerage.models import IntroductionConsent

        return IntroductionConsent.objects.get(introduction__case=desk.case(), place=name)

    return make


def introduced(desk):
    from hansa.brokerage import actions

    return actions.answer_introduction(desk.abroad, desk.case(), accept=True)


TABLE = [
    ("record_consent", "our client’s place", OWN),
    ("record_consent", "their client’s place", ABROAD),
    ("withdraw_introduction", "case", OWN),
    ("view_clients_of_case", "case", set()),
    ("view_clients_of_case", "introduced case", OWN | ABROAD),
    ("view_looks", "case", OWN | ABROAD),
]
SUBJECTS = {
    "our client’s place": place("our_client"),
    "their client’s place": place("their_client"),
    "introduced case": introduced,
}
