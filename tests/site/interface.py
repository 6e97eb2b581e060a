"""A desk with one record of each kind, and programs that hold keys of the people around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.network.actions import create_token
from hansa.network.models import ApiToken, Person

EVERYTHING = tuple(ApiToken.Scope.values)


@dataclass
class Program:
    """A client of the interface that holds one key."""

    client: Any
    key: str

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        kinds = {"content_type": "application/json"} if data is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self.client, method)(
            path, data, headers={"Authorization": f"Bearer {self.key}", **named}, **kinds
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("get", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.send("post", path, {} if data is None else data, **headers)

    def patch(self, path: str, data: Any, **headers: str) -> Any:
        return self.send("patch", path, data, **headers)


def program(client: Any, person: Person, *scopes: str) -> Program:
    return Program(client, create_token(person, name="a program", scopes=scopes or EVERYTHING)[1])


@dataclass
class Stage:
    """One record of each kind that the Podlaskie agency holds."""

    desk: Any
    request: Any
    match: Any
    case: Any
    client: Any
    search: Any
    team: Any

    def address(self, path: str) -> str:
        """A path of the description with what stands for its places here."""
        pk = {"matches": self.match.pk, "searches": self.search.pk, "teams": self.team.pk}
        reference = {
            "requests": self.request.reference,
            "cases": self.case.reference,
            "clients": self.client.reference,
        }
        room = path.split("/")[2]
        return path.replace("{pk}", f"{pk.get(room)}").replace("{reference}", f"{reference.get(room)}")


def staged(desk: Any) -> Stage:
    from hansa.brokerage import actions
    from hansa.brokerage.finding import Wish
    from hansa.brokerage.texts import TeamText
    from hansa.network.middleware import acting_as

    agency = desk.cast.agencies["PL84"]
    with acting_as(desk.broker):
        case = desk.case()
        match = desk.match()
        search = actions.save_search(
            desk.broker,
            agency=agency,
            name="Foundries",
            wish=Wish(text="aluminium castings", agency_id=agency.pk, region=agency.region),
            threshold="likely",
        )
        team = actions.create_team(
            desk.broker, agency=agency, priority=desk.priority, text=TeamText(name="A consortium", language="en")
        )
        return Stage(desk, match.request, match, case, desk.client(), search, team)
