"""What an action says when it refuses: one sentence for the person in front of the page."""


class Refused(Exception):
    """The act is possible in principle, but not now or not like this; `str()` is the sentence to show."""


class Forbidden(Exception):
    """The actor's roles do not allow the act; `str()` is the sentence to show."""
