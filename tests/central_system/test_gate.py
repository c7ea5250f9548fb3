"""A storm of stations is let in at a bounded rate; nobody who waits is forgotten."""

import asyncio

from chargeproof.central_system.gate import TOGETHER_S, Gate
from chargeproof.central_system.limits import ServerLimits
from chargeproof.clock import LoopClock
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.raw_client import TEXT, RawClient, RememberingDesk, frame, request, run, serving


def test_after_a_burst_so_many_a_second_are_let_in() -> None:
    async def main() -> None:
        loop, came = asyncio.get_running_loop(), list[float]()
        gate = Gate(rate_per_s=10, burst=5, longest_wait_s=60)
        for _ in range(25):
            assert gate.enter(lambda: came.append(loop.time())) is None
        assert len(came) == 5
        assert gate.waiting == 20
        await LoopClock().sleep(1.01 + TOGETHER_S)
        assert 15 <= len(came) <= 15 + 10 * TOGETHER_S
        await LoopClock().sleep(10)
        assert (len(came), gate.waiting) == (25, 0)
        for _ in range(5):
            gate.enter(lambda: came.append(loop.time()))
        assert len(came) == 30  # after quiet there may be a burst again

    run_virtual(main())


def test_those_whose_moments_are_close_come_in_together() -> None:
    async def main() -> None:
        loop, came = asyncio.get_running_loop(), list[float]()
        gate = Gate(rate_per_s=200, burst=0, longest_wait_s=60)
        for _ in range(200):
            gate.enter(lambda: came.append(loop.time()))
        await LoopClock().sleep(1 + 2 * TOGETHER_S)
        assert len(came) == 200
        assert len(set(came)) <= 1 / TOGETHER_S + 2

    run_virtual(main())


def test_who_would_wait_too_long_is_told_when_to_come_again() -> None:
    async def main() -> None:
        gate = Gate(rate_per_s=1, burst=1, longest_wait_s=10)
        answers = [gate.enter(lambda: None) for _ in range(20)]
        assert answers[:11] == [None] * 11
        assert all(seconds is not None and 10 < seconds < 12 for seconds in answers[11:])
        await LoopClock().sleep(5)
        assert gate.enter(lambda: None) is None

    run_virtual(main())


def test_without_a_rate_everyone_comes_in_at_once() -> None:
    async def main() -> None:
        came: list[None] = []
        gate = Gate(rate_per_s=0, burst=0, longest_wait_s=0)
        for _ in range(1000):
            assert gate.enter(lambda: came.append(None)) is None
        assert len(came) == 1000

    run_virtual(main())


def test_a_handshake_that_waits_loses_nothing_of_what_follows_it() -> None:
    async def main() -> None:
        desk = RememberingDesk()
        limits = ServerLimits(handshakes_per_s=50, handshake_burst=1)
        async with serving(desk, limits) as server:
            first = await RawClient.open(server.port, "/FIRST")
            second = await RawClient.connect(server.port)
            second.write(request("/SECOND") + frame(TEXT, b"early"))
            assert (await second.response())[0] == 101
            second.send(TEXT, b"late")
            sessions = [await desk.sessions.get() for _ in range(2)]
            assert [session.handshake.charge_point_id for session in sessions] == ["FIRST", "SECOND"]
            assert [await sessions[1].messages.get() for _ in range(2)] == ["early", "late"]
            first.writer.close()
            second.writer.close()

    run(main())


def test_one_that_is_turned_away_gets_503_and_a_time_and_one_that_leaves_is_forgotten() -> None:
    async def main() -> None:
        desk = RememberingDesk()
        limits = ServerLimits(handshakes_per_s=0.2, handshake_burst=1, handshake_timeout_s=8)
        async with serving(desk, limits) as server:
            first = await RawClient.open(server.port, "/FIRST")
            waiting = await RawClient.connect(server.port)
            waiting.write(request("/WAITING"))
            await waiting.writer.drain()
            while not server.gate.waiting:
                (await RawClient.connect(server.port)).writer.close()  # lets the server read
            refused = await RawClient.connect(server.port)
            refused.write(request("/REFUSED"))
            status, headers, body = await refused.response()
            assert status == 503
            assert 8 < int(headers["retry-after"]) <= 11
            assert b"at once" in body
            waiting.writer.transport.abort()
            first.writer.close()
            refused.writer.close()
        assert [handshake.path for handshake in desk.handshakes] == ["/FIRST"]

    run(main())
