"""All odd stations: unusual but lawful, each must pass every check, perhaps with a remark."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from chargeproof.errors import UsageError
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.naming import snake_case
from chargeproof.simulator.station import SimulatedStation

StationT = TypeVar("StationT", bound=SimulatedStation)


@dataclass(frozen=True)
class Odd:
    """note: what is unusual, and why it is lawful. model: what it is tried on, shipped (by name) or its own.

    group: whose checks it must pass, the document's functions or the security cases.
    """

    name: str
    station: type[SimulatedStation]
    note: str
    model: str | StationModel
    group: Literal["functions", "security"] = "functions"


_odd: dict[str, Odd] = {}


def odd(
    *,
    note: str,
    name: str | None = None,
    model: str | StationModel = "lawful",
    group: Literal["functions", "security"] = "functions",
) -> Callable[[type[StationT]], type[StationT]]:
    """Register a station class as odd but lawful; its name is the class's in snake case unless given."""

    def register(station: type[StationT]) -> type[StationT]:
        own_name = name or snake_case(station.__name__)
        if own_name in _odd and _odd[own_name].station.__module__ != station.__module__:
            raise ValueError(f"there are two odd stations called {own_name}")
        _odd[own_name] = Odd(own_name, station, note, model, group)
        return station

    return register


def odd_stations() -> tuple[Odd, ...]:
    """Every odd station of this package, by name."""
    package = importlib.import_module("chargeproof.simulator.odd")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_odd[name] for name in sorted(_odd))


def find_odd(name: str) -> Odd:
    """Raises UsageError for a name that is not there."""
    known = {one.name: one for one in odd_stations()}
    if name not in known:
        raise UsageError(
            f"there is no odd station {name!r}", remedy=f"There are: {', '.join(known) or 'none'}"
        )
    return known[name]
