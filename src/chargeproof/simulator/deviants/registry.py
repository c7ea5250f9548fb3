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


_PLAYED: dict[tuple[int, ...], tuple[str, ...]] = {
    (1,): ("L-04",),
    (2,): ("L-11", "S-frame", "S-not-an-object"),
    (2, 11): ("L-21",),
    (3,): ("L-08", "L-19", "L-27", "L-30", "L-35", "Q-stop-dated-before-start", "S-not-in-enum"),
    (6,): ("L-25",),
    (7,): ("L-22", "Q-transition"),
    (8,): ("L-07", "L-13", "L-14", "L-16", "L-18", "L-20", "L-34", "S-missing"),
    (8, 16): ("L-23",),
    (9,): ("L-28",),
    (10,): ("L-15",),
    (11,): ("L-10",),
    (13,): ("L-32",),
    (15,): (
        "L-01",
        "L-02",
        "L-05",
        "L-06",
        "L-09",
        "L-31",
        "L-36",
        "Q-answered-twice",
        "Q-before-boot",
        "Q-id-reused",
        "Q-role",
        "Q-stray-answer",
        "Q-two-calls",
        "S-duplicate-key",
        "S-null",
        "S-out-of-range",
        "S-too-long",
        "S-unknown-action",
        "S-unknown-field",
        "S-wrong-type",
    ),
}
"""The functions in which the stations of these lints commit what they are about; others are not played for them."""

_FUNCTIONS = {lint: functions for functions, lints in _PLAYED.items() for lint in lints}


@dataclass(frozen=True)
class Deviant:
    """lint: the id. kind: ``deviant`` must raise it, ``near_miss`` must not. model: what it is tried on."""

    name: str
    station: type[SimulatedStation]
    lint: str
    kind: Literal["deviant", "near_miss"]
    model: str | StationModel

    @property
    def functions(self) -> tuple[int, ...] | None:
        """What is played with it; None for the whole script. A near miss goes through the same as the deviants."""
        return _FUNCTIONS.get(self.lint)


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
