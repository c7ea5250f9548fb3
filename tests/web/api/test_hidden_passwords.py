"""No AuthorizationKey is ever shown, kept in clear or logged, whichever way it goes."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog

from chargeproof.cli.logs import log_at
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.live import Reader
from chargeproof.web.people.roles import Role
from tests.web.api.secure_bench import PLACE, STATION, make_authority, secure_bench, secure_model
from tests.web.api.station_bench import StationBench

FACTORY, SENT, PATCHED, GIVEN, ADMITTED, EXPECTED = (
    f"{number}{number}5ec2e7c0ffee{number}{number}0011223344556677" for number in range(1, 7)
)
SECRETS = (FACTORY, SENT, PATCHED, GIVEN, ADMITTED, EXPECTED)
TOO_LONG = "7f5ec2e7" * 8
KEY = "AuthorizationKey"


def forms_of(secret: str) -> Iterator[bytes]:
    """How it could stand somewhere."""
    yield from (secret.lower().encode(), secret.upper().encode(), bytes.fromhex(secret))
    for password in (secret.encode(), bytes.fromhex(secret)):
        yield base64.b64encode(f"{STATION}:".encode() + password)
        yield base64.b64encode(password).rstrip(b"=")


class Everything:
    """What was answered, told and kept, by where it came from."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bytes]] = []

    async def heard(self, response: httpx.Response) -> None:
        headers = str(response.headers).encode()
        self.found.append(
            (f"{response.request.method} {response.request.url}", headers + await response.aread())
        )

    def leaks(self) -> list[str]:
        secrets = [form for secret in (*SECRETS, TOO_LONG) for form in forms_of(secret)]
        return sorted({where for where, content in self.found for form in secrets if form in content})


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """The log of the program, as JSON and from debugging on."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log_at("debug", "json")
    yield capfd
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def change_in_every_way(bench: StationBench) -> None:
    api = bench.api
    once = {"idempotency-key": "the same"}
    command = {"action": "ChangeConfiguration", "payload": {"key": KEY, "value": SENT}}
    for _ in range(2):  # the second time from what is kept of the first
        answer = await api.post(f"{PLACE}/commands", json=command, params={"wait": 30}, headers=once)
        assert answer.json()["state"] == "accepted", answer.text
    await bench.pass_time(60)
    patched = await bench.patch(f"{PLACE}/configuration", {KEY: PATCHED})
    assert patched["items"][0]["result"] == "Accepted"
    await bench.pass_time(60)
    given = {"kind": "password", "password": GIVEN}
    change = await api.post(
        f"{PLACE}/security/changes", json=given, params={"wait": 200}, headers={"idempotency-key": "given"}
    )
    assert change.json()["state"] == "proved", change.text
    drawn = await bench.post(f"{PLACE}/security/changes", {"kind": "password"}, wait=200)
    assert drawn["state"] == "proved"
    await bench.pass_time(60)
    for wrong in ({"kind": "password", "password": TOO_LONG}, {"kind": "profile", "password": GIVEN}):
        await bench.post(f"{PLACE}/security/changes", wrong, status=400)
    await bench.put(f"{PLACE}/password", {"password": TOO_LONG}, status=400)
    await bench.put("/charge-points/OTHER/password", {"password": ADMITTED}, status=204)


async def read_in_every_way(bench: StationBench) -> None:
    await bench.post(f"{PLACE}/configuration/read", {"keys": []}, status=200)
    wanted = {"from_charge_point": STATION, "keys": {KEY: EXPECTED}}
    await bench.put("/configuration-baselines/base", wanted, status=400)
    await bench.put("/configuration-baselines/base", {**wanted, "keys": {}})
    run = await bench.post("/runs", {"charge_point_id": STATION, "functions": [4, 5], "site": "none"})
    state = run
    while state["phase"] != "ended":
        state = await bench.get(f"/runs/{run['id']}", after=state["revision"], wait=60)
    await bench.web.office.store.flush()
    messages = (await bench.get(f"{PLACE}/messages", limit=500))["items"]
    changes = [each["number"] for each in messages if each["action"] == "ChangeConfiguration"]
    assert changes
    for path in (
        f"{PLACE}/commands", f"{PLACE}/configuration", f"{PLACE}/configuration/history?key={KEY}",
        f"{PLACE}/configuration/differences?against=baseline:base", "/configuration-baselines",
        f"{PLACE}/messages/{changes[0]}", f"{PLACE}/messages.jsonl", f"{PLACE}/messages.csv", f"{PLACE}/security",
        f"{PLACE}/security/changes", f"{PLACE}/security-events", f"{PLACE}/handshakes", PLACE, "/waiting-stations",
        f"/runs/{run['id']}/record.jsonl", f"/runs/{run['id']}/entries",
        *(f"/runs/{run['id']}/report.{form}" for form in ("json", "html", "md", "xml")),
    ):  # fmt: skip
        assert (await bench.api.get(path)).status_code == 200, path


async def look_at_every_page(bench: StationBench, everything: Everything) -> None:
    async with await bench.web.browser(Role.ADMINISTRATOR) as browser:
        browser.event_hooks = {"response": [everything.heard]}
        for page in ("", "/configuration", "/security", "/transactions"):
            assert (await browser.get(f"/stations/{STATION}{page}")).status_code == 200
        for page in ("/", "/people", "/settings", "/api/v1/audit?limit=500"):
            assert (await browser.get(page)).status_code == 200


async def the_store(bench: StationBench) -> bytes:
    """As the file that it would be."""
    store: Any = bench.web.office.store
    await store.flush()
    content: bytes = (await store.connection_with_everything()).serialize()
    return content


def files_in(folder: Path) -> list[tuple[str, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "record.jsonl" for path in files)
    return [(str(path), path.read_bytes()) for path in files]


def test_no_password_of_a_station_is_shown_kept_or_logged(
    tmp_path: Path, logged: pytest.CaptureFixture[str]
) -> None:
    made = make_authority(tmp_path)
    everything, reader = Everything(), Reader()
    model = secure_model().with_key("SecurityProfile", value="1").with_key(KEY, value=FACTORY)
    # A station that lists its password is a bad one; what it says is hidden all the same.
    model = model.with_key(KEY, hidden=False)

    async def main() -> None:
        async with secure_bench(made, tmp_path / "bench", model=model, password=FACTORY) as bench:
            bench.api.event_hooks = {"response": [everything.heard]}
            hub = bench.web.office.events
            for topic in ("stations", f"messages:{STATION}", f"commands:{STATION}", "runs", "run:1"):
                await hub.subscribe(reader, topic)
            await change_in_every_way(bench)
            await read_in_every_way(bench)
            await look_at_every_page(bench, everything)
            await bench.pass_time(5)
            while not reader.queue.empty():
                everything.found.append(("live events", await reader.next_batch() or b""))
            hub.leave(reader)
            everything.found += [("the store", await the_store(bench)), *files_in(bench.web.folder)]

    run_virtual(main())
    everything.found.append(("the log", "".join(logged.readouterr()).encode()))
    told = {where.split("?")[0] for where, _ in everything.found}
    assert {"live events", "the store", "the log"} <= told
    assert len(told) > 40
    assert b"[hidden" in dict(everything.found)["the store"]
    assert everything.leaks() == []


def test_what_would_give_a_password_away_is_found() -> None:
    everything = Everything()
    for number, form in enumerate(forms_of(SENT)):
        everything.found.append((str(number), b"..." + form + b"..."))
    assert len(everything.leaks()) == len(list(forms_of(SENT)))
    assert msgspec.json.encode(SENT)[1:-1] in list(forms_of(SENT))
