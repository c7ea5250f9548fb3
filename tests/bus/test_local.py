"""The bus of one process."""

import pytest

from chargeproof.bus import Bus, LocalBus
from chargeproof.testing.contracts import ContractBroken, check_bus
from chargeproof.testing.virtual_time import run_virtual


async def make_bus() -> Bus:
    return LocalBus()


def test_it_keeps_the_contract() -> None:
    run_virtual(check_bus(make_bus))


def test_the_contract_condemns_a_bus_that_loses_questions() -> None:
    class Deaf(LocalBus):
        async def ask(self, charge_point_id: str, question: bytes, timeout_s: float) -> bytes:
            return b""

    async def make_deaf() -> Bus:
        return Deaf()

    with pytest.raises(ContractBroken, match="a_question_reaches_the_holder"):
        run_virtual(check_bus(make_deaf))


def test_a_listener_that_fails_does_not_harm_the_others() -> None:
    async def main() -> None:
        bus, heard = LocalBus(), list[bytes]()

        def broken(_topic: str, _news: bytes) -> None:
            raise RuntimeError("listener")

        bus.subscribe("a", broken)
        bus.subscribe("a", lambda _topic, news: heard.append(news))
        bus.publish("a", b"1")
        assert heard == [b"1"]

    run_virtual(main())
