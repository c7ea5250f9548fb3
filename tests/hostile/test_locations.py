"""Addresses that somebody hands the server so that it asks there itself, from within the network."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from chargeproof.cli.own_places import OwnPlaces
from chargeproof.simulator.ports import TransferError
from chargeproof.web.office import Addresses
from tests.hostile.attacked import Attacked

OWN = Addresses(
    "ws://127.0.0.1:9000/ocpp", "http://127.0.0.1:8080", "ftp://127.0.0.1:2121", ftps="ftps://127.0.0.1:2990"
)
ELSEWHERE = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:8080/api/v1/people",
    "http://127.0.0.1:8080/files",
    "http://127.0.0.1:8080@elsewhere.example/files/x",
    "http://127.0.0.1:8080#@elsewhere.example/files/x",
    "http://127.0.0.1:22/files/x",
    "http://127.0.0.1/files/x",
    "http://localhost:8080/files/x",
    "http://[::1]:8080/files/x",
    "http://2130706433:8080/files/x",
    "https://127.0.0.1:8080/files/x",
    "http://elsewhere.example/files/x",
    "ftp://127.0.0.1:21/x",
    "ftp://elsewhere.example:2121/x",
    "ftp://127.0.0.1:2121@elsewhere.example/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1:8080/files/x",
    "//127.0.0.1:8080/files/x",
    "http://127.0.0.1:99999/files/x",
    "http://[/files/x",
    "",
]


class Fetched:
    """A transfer that only remembers."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def download(self, url: str) -> bytes:
        self.urls.append(url)
        return b""

    async def upload(self, url: str, name: str, content: bytes) -> None:
        self.urls.append(url)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_station_within_the_server_fetches_from_nowhere_else(url: str) -> None:
    async def main() -> list[str]:
        fetched = Fetched()
        places = OwnPlaces(fetched, lambda: OWN)
        with pytest.raises(TransferError, match="only uses the server's own places"):
            await places.download(url)
        with pytest.raises(TransferError, match="only uses the server's own places"):
            await places.upload(url, "x", b"")
        return fetched.urls

    assert asyncio.run(main()) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/files/t/x.bin",
        "ftp://u:p@127.0.0.1:2121/x.bin",
        "ftps://u:p@127.0.0.1:2990/x.bin",
    ],
)
def test_its_own_places_are_open_to_it(url: str) -> None:
    async def main() -> list[str]:
        fetched = Fetched()
        places = OwnPlaces(fetched, lambda: OWN)
        await places.download(url)
        await places.upload(url, "x", b"")
        return fetched.urls

    assert asyncio.run(main()) == [url, url]


@pytest.fixture
def bait() -> Iterator[tuple[int, list[str]]]:
    """A port within the network, and who came there."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                came.append(str(address))
                connection.close()

        threading.Thread(target=wait, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def test_commands_with_a_location_make_the_server_ask_nobody(
    attacked: Attacked, bait: tuple[int, list[str]]
) -> None:
    port, came = bait
    attacked.api("POST", "/simulated-stations", {"charge_point_id": "SIM-1", "model": "lawful"})
    events = attacked.on_loop(until_ready(attacked, "SIM-1"))
    assert events
    location = f"http://127.0.0.1:{port}/files/x"
    for action, payload in (
        ("GetDiagnostics", {"location": location}),
        ("UpdateFirmware", {"location": location, "retrieveDate": "2020-01-01T00:00:00Z"}),
    ):
        body = {"action": action, "payload": payload}
        attacked.api("POST", "/charge-points/SIM-1/commands?wait=10", body)
    told = attacked.on_loop(until_failed(attacked, "SIM-1"))
    assert {"UploadFailed", "DownloadFailed"} <= told
    assert came == []
    attacked.api("DELETE", "/simulated-stations/SIM-1")


async def until_ready(attacked: Attacked, charge_point_id: str) -> bool:
    central_system = attacked.serving.central_system
    changed = asyncio.Event()
    unwatch = central_system.watch(charge_point_id, lambda _: changed.set())
    try:
        async with asyncio.timeout(60):
            while not central_system.is_ready(charge_point_id):
                changed.clear()
                await changed.wait()
    finally:
        unwatch()
    return True


async def until_failed(attacked: Attacked, charge_point_id: str) -> set[str]:
    """The progress that it told of, until both have failed."""
    store = attacked.serving.store
    changed = asyncio.Event()
    unwatch = attacked.serving.central_system.watch(charge_point_id, lambda _: changed.set())
    told: set[str] = set()
    try:
        async with asyncio.timeout(60):
            while not {"UploadFailed", "DownloadFailed"} <= told:
                changed.clear()
                told = {each.status for each in await store.progress(charge_point_id)}
                if not {"UploadFailed", "DownloadFailed"} <= told:
                    await changed.wait()
    finally:
        unwatch()
    return told
