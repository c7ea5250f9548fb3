"""Contract checks: what every adapter of a port must do, whoever wrote it.

    async def make_store() -> Store: ...
    run_virtual(check_store(make_store))

Each check makes an adapter of its own, which must be empty. A failed expectation raises ContractBroken, with
the name of the check.
"""

from collections.abc import Awaitable, Callable

from chargeproof.bus import Bus
from chargeproof.store import Store
from chargeproof.testing.bus_contract import BUS_CHECKS
from chargeproof.testing.expectations import ContractBroken
from chargeproof.testing.store_contract import STORE_CHECKS

__all__ = ["ContractBroken", "check_bus", "check_store"]

MakeStore = Callable[[], Awaitable[Store]]
MakeBus = Callable[[], Awaitable[Bus]]


async def check_store(make_store: MakeStore) -> None:
    """Every promise of `store.ports.Store`. Raises ContractBroken."""
    for check in STORE_CHECKS:
        store = await make_store()
        try:
            await check(store)
        except ContractBroken as broken:
            raise ContractBroken(f"{check.__name__}: {broken}") from broken
        finally:
            await store.close()


async def check_bus(make_bus: MakeBus) -> None:
    """Every promise of `bus.ports.Bus`. Raises ContractBroken."""
    for check in BUS_CHECKS:
        bus = await make_bus()
        try:
            await check(bus)
        except ContractBroken as broken:
            raise ContractBroken(f"{check.__name__}: {broken}") from broken
        finally:
            await bus.close()
