import asyncio
from collections.abc import Sequence

import pytest

from chargeproof.testing.memory_link import MemoryLink, MemoryNetwork, memory_link
from chargeproof.testing.virtual_time import run_virtual


def test_messages_arrive_in_order_and_never_within_the_send() -> None:
    async def scene() -> None:
        wire, link = memory_link()
        heard: list[str | bytes] = []
        link.on_text = heard.append
        wire.send("one")
        wire.send("two")
        assert heard == []
        link.send("three")
        link.send("four")
        assert [await wire.receive(), await wire.receive()] == ["three", "four"]
        assert heard == ["one", "two"]

    run_virtual(scene())


def test_a_close_of_the_station_is_told_with_its_code() -> None:
    async def scene() -> None:
        wire, link = memory_link()
        closed: asyncio.Future[tuple[object, ...]] = asyncio.get_running_loop().create_future()
        link.on_closed = lambda *told: closed.set_result(told)
        await wire.close(1001)
        assert await closed == (1001, "", "charge_point")
        assert await wire.receive() is None
        assert not link.open
        wire.send("into the void")
        link.send("into the void")

    run_virtual(scene())


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("close", (1000, "", "central_system")),
        ("abort", (None, "connection reset", "central_system")),
        ("lose", (None, "connection lost", "network")),
    ],
)
def test_the_station_sees_the_socket_gone_after_what_was_sent_before(how: str, told: object) -> None:
    async def scene() -> None:
        wire, link = memory_link()
        ends: list[object] = []
        link.on_closed = lambda *arguments: ends.append(arguments)
        link.send("last words")
        getattr(link, how)()
        assert await wire.receive() == "last words"
        assert await wire.receive() is None
        assert ends == [told]

    run_virtual(scene())


def test_a_cut_network_resets_and_refuses_until_it_is_restored() -> None:
    async def scene() -> None:
        answered: list[tuple[str, tuple[str, ...]]] = []

        def answer(charge_point_id: str, subprotocols: Sequence[str], link: MemoryLink) -> None:
            answered.append((charge_point_id, tuple(subprotocols)))

        network = MemoryNetwork(answer, delay_s=0.5)
        wire = await network.dial("A", ["ocpp1.6"])
        network.cut()
        assert await wire.receive() is None
        with pytest.raises(ConnectionRefusedError):
            await network.dial("A", ["ocpp1.6"])
        network.restore()
        await network.dial("A", ["ocpp1.6"])
        assert answered == [("A", ("ocpp1.6",))] * 2
        assert asyncio.get_running_loop().time() == 1.5

    run_virtual(scene())
