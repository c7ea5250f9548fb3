"""The pages that people can go to from everywhere. A page that is done gets its line here."""

from dataclasses import dataclass

from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role


@dataclass(frozen=True)
class Item:
    """`section` is what a page calls itself in `rendered`; `icon` is a symbol of `static/icons.svg`."""

    section: str
    title: str
    path: str
    icon: str
    role: Role = Role.VIEWER


@dataclass(frozen=True)
class Group:
    label: str
    items: tuple[Item, ...]

    def for_person(self, person: Person | None) -> "Group":
        allowed = tuple(item for item in self.items if person is not None and person.may(item.role))
        return Group(self.label, allowed)


STATIONS = Item("stations", "Stations", "/", "stations")
TRANSACTIONS = Item("transactions", "Transactions", "/transactions", "transactions")
RUNS = Item("runs", "Runs", "/runs", "runs")
MODELS = Item("models", "Models", "/models", "models")
ID_TAGS = Item("id-tags", "Id tags", "/id-tags", "tags")
FILES = Item("files", "Files", "/station-files", "files")
PEOPLE = Item("people", "People", "/people", "people")
SETTINGS = Item("settings", "Settings", "/settings", "settings", Role.ADMINISTRATOR)

NAVIGATION = (
    Group("Charging", (STATIONS, TRANSACTIONS)),
    Group("Acceptance", (RUNS, MODELS)),
    Group("Upkeep", (ID_TAGS, FILES, PEOPLE, SETTINGS)),
)
BAR = (STATIONS, RUNS, TRANSACTIONS)
"""On a phone, at the bottom; three at most, beside "More"."""
