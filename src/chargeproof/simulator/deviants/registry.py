"""All deviants and near misses, by the lint that they concern."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from chargeproof.simulator.model import StationModel
from chargeproof.simulator.naming import snake_case
from chargeproof.simulator.station import SimulatedStation

StationT = TypeVar("StationT", bound=SimulatedStation)


@dataclass(frozen=True)
class Deviant:
    """lint: the id. kind: ``deviant`` must raise it, ``near_miss`` must not. model: what it is tried on."""

    name: str
    station: type[SimulatedStation]
    lint: str
    kind: Literal["deviant", "near_miss"]
    model: str | StationModel


_deviants: dict[str, Deviant] = {}


def deviant(lint: str, *, model: str | StationModel = "lawful") -> Callable[[type[StationT]], type[StationT]]:
    """Register a station class that commits this lint's deviation."""
    return _register(lint, "deviant", model)


def near_miss(
    lint: str, *, model: str | StationModel = "lawful"
) -> Callable[[type[StationT]], type[StationT]]:
    """Register a station class that comes close to this lint's deviation and keeps on the right side."""
    return _register(lint, "near_miss", model)


def _register(
    lint: str, kind: Literal["deviant", "near_miss"], model: str | StationModel
) -> Callable[[type[StationT]], type[StationT]]:
    def register(station: type[StationT]) -> type[StationT]:
        name = snake_case(station.__name__)
        if name in _deviants and _deviants[name].station.__module__ != station.__module__:
            raise ValueError(f"there are two deviants called {name}")
        _deviants[name] = Deviant(name, station, lint, kind, model)
        return station

    return register


def deviants() -> tuple[Deviant, ...]:
    """Every deviant and near miss of this package, by name."""
    package = importlib.import_module("chargeproof.simulator.deviants")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_deviants[name] for name in sorted(_deviants))
