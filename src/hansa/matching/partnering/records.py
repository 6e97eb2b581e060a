"""What partner search takes in: projects and questions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """A project and the organisations in it; `year` is when it began, `topic` its place in a programme (several
    separated by `|`), `text` what it is about. Members named twice count once, empty names not at all."""

    id: str
    members: tuple[str, ...]
    year: int | None = None
    text: str | None = None
    topic: str | None = None


@dataclass(frozen=True)
class PartnerQuery:
    """Whose partners are looked for, or who fits a project described by `text`; one of the two, not both.

    `coordinator` and `topic` say more about the project of a text: who leads it and where in the programme it stands.
    `new_only` leaves out past partners of the organisation or coordinator; `before` looks only at projects that began
    earlier than that year (those without a year count as earlier). Raises ValueError for neither or both, and for a
    coordinator without a text.
    """

    id: str
    organisation: str | None = None
    new_only: bool = False
    before: int | None = None
    text: str | None = None
    coordinator: str | None = None
    topic: str | None = None

    def __post_init__(self) -> None:
        if (self.organisation is None) == (self.text is None):
            raise ValueError(f"Partner query {self.id}: give either organisation or text.")
        if self.coordinator is not None and self.text is None:
            raise ValueError(f"Partner query {self.id}: a coordinator belongs to a text; name it as organisation.")

    @property
    def asking(self) -> str | None:
        """The organisation whose history counts: the one asked about or the coordinator."""
        return self.coordinator if self.organisation is None else self.organisation


def topics_of(topic: str | None) -> tuple[str, ...]:
    """The parts of a topic that projects can share, in order: each part between `|` and, of a long code such as
    `HORIZON-CL5-2023-D3-01-02`, also its first two segments, since calls end and programmes stay."""
    found: dict[str, None] = {}
    for part in (topic or "").split("|"):
        code = part.strip()
        if code:
            found[code] = None
            segments = code.split("-")
            if len(segments) > 2:
                found["-".join(segments[:2])] = None
    return tuple(found)
