"""All mutants: stations with one defect each, and the checks that must fail them."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chargeproof.errors import UsageError
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.naming import snake_case
from chargeproof.simulator.station import SimulatedStation

StationT = TypeVar("StationT", bound=SimulatedStation)


@dataclass(frozen=True)
class Mutant:
    """fails: the checks that must fail it. because: words of the reason that they must give.

    model: what the defect is tried on, a shipped model by its name or one of its own.
    """

    name: str
    station: type[SimulatedStation]
    fails: tuple[str, ...]
    because: str
    model: str | StationModel


_mutants: dict[str, Mutant] = {}


def mutant(
    *,
    fails: str | tuple[str, ...],
    because: str,
    name: str | None = None,
    model: str | StationModel = "lawful",
) -> Callable[[type[StationT]], type[StationT]]:
    """Register a station class as a mutant; its name is the class's in snake case unless given."""

    def register(station: type[StationT]) -> type[StationT]:
        own_name = name or snake_case(station.__name__)
        if own_name in _mutants and _mutants[own_name].station.__module__ != station.__module__:
            raise ValueError(f"there are two mutants called {own_name}")
        checks = (fails,) if isinstance(fails, str) else fails
        _mutants[own_name] = Mutant(own_name, station, checks, because, model)
        return station

    return register


def mutants() -> tuple[Mutant, ...]:
    """Every mutant of this package, by name."""
    package = importlib.import_module("chargeproof.simulator.mutants")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_mutants[name] for name in sorted(_mutants))


def find_mutant(name: str) -> Mutant:
    """Raises UsageError for a name that is not there."""
    known = {one.name: one for one in mutants()}
    if name not in known:
        raise UsageError(f"there is no mutant {name!r}", remedy=f"There are: {', '.join(known) or 'none'}")
    return known[name]
