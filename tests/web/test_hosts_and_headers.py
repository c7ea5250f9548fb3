"""Names under which the server answers, headers of every answer, metrics, and the settings in force."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trustme
from litestar import Litestar

from chargeproof.cli.front_door import check_web_certificate
from chargeproof.errors import SettingsError
from chargeproof.settings import Settings, settings_table
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.app import create_app
from chargeproof.web.hosts import allowed_hosts
from chargeproof.web.office import Addresses
from chargeproof.web.people.roles import Role
from chargeproof.web.server import WebServer
from tests.web.bench import HERE, WebBench
from tests.web.people.routes import ask, ways_into
from tests.web.people.visits import on_a_bench

LOOPBACK = allowed_hosts(
    Settings(web_hosts="lab.example, Box"), only_this_machine=True, advertised="10.0.0.5"
)


async def status_for_host(host: str, path: str = "/healthz", hosts: frozenset[str] = LOOPBACK) -> int:
    app = create_app(hosts=hosts)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HERE, trust_env=False) as client:
        return (await client.get(path, headers={"host": host})).status_code


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("localhost.:8080", 200),
        ("[::1]:8080", 200),
        ("10.0.0.5:8080", 200),
        ("lab.example", 200),
        ("box:8080", 200),
        ("rebound.example", 421),
        ("127.0.0.1.rebound.example", 421),
        ("localhost@rebound.example", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_its_own_names_reach_it(host: str, status: int) -> None:
    assert run_virtual(status_for_host(host)) == status


def test_bound_elsewhere_every_name_does_unless_some_are_named() -> None:
    open_to_all = allowed_hosts(Settings(), only_this_machine=False, advertised="10.0.0.5")
    assert run_virtual(status_for_host("any.example", hosts=open_to_all)) == 200
    named = allowed_hosts(Settings(web_hosts="lab.example"), only_this_machine=False, advertised="10.0.0.5")
    assert run_virtual(status_for_host("any.example", hosts=named)) == 421
    assert run_virtual(status_for_host("lab.example", hosts=named)) == 200


def is_static(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.url.path.startswith("/static/")


def test_every_answer_guards_itself() -> None:
    async def test(bench: WebBench) -> list[str]:
        lacking = []
        async with bench.client(Role.ADMINISTRATOR) as client:
            answers = [await ask(client, way) for way in ways_into(bench) if way.method == "GET"]
            answers += [await client.get("/nowhere"), await client.delete("/healthz")]
            answers.append(await client.post("/api/v1/people", content=b"{"))
        for answer in answers:
            policy = answer.headers.get("content-security-policy", "")
            scripts = [part for part in policy.split(";") if "script-src" in part]
            if (
                "frame-ancestors 'none'" not in policy
                or "unsafe" in "".join(scripts)
                or answer.headers.get("x-content-type-options") != "nosniff"
                or "referrer-policy" not in answer.headers
                or not (answer.headers.get("cache-control") == "no-store" or is_static(answer))
                or "server" in answer.headers
                or answer.headers.get("content-type", "").count("charset") > 1
            ):
                lacking.append(f"{answer.request.url} {answer.headers}")
        return lacking

    assert on_a_bench(test) == []


def test_nonces_are_never_the_same() -> None:
    async def test(bench: WebBench) -> set[str]:
        async with bench.client() as client:
            return {(await client.get("/log-in")).headers["content-security-policy"] for _ in range(5)}

    assert len(on_a_bench(test)) == 5


async def get(bench: WebBench, app: Litestar, path: str, role: Role | None) -> httpx.Response:
    """From an application of one's own with the bench's people."""
    client = replace(bench, app=app).client(role)
    async with client:
        return await client.get(path)


@pytest.mark.parametrize(("public", "stranger", "viewer"), [(True, 200, 200), (False, 401, 200)])
def test_metrics_are_public_only_where_that_was_said(public: bool, stranger: int, viewer: int) -> None:
    async def test(bench: WebBench) -> list[int]:
        app = create_app(office=bench.office, metrics=lambda: b"up 1\n", metrics_public=public)
        return [(await get(bench, app, "/metrics", role)).status_code for role in (None, Role.VIEWER)]

    assert on_a_bench(test) == [stranger, viewer]


def test_the_settings_in_force_are_shown_with_their_sources_and_without_their_secrets() -> None:
    async def test(bench: WebBench) -> httpx.Response:
        settings = Settings(ocpp_port=9100, credential_key="the stations' own key")
        sources = {"ocpp_port": "the command line"}
        office = replace(bench.office, settings=settings, setting_sources=sources)
        return await get(bench, create_app(office=office), "/api/v1/settings", Role.ADMINISTRATOR)

    answer = on_a_bench(test)
    rows = {row["name"]: row for row in answer.json()["items"]}
    assert set(rows) == {row.name for row in settings_table()}
    assert (rows["ocpp_port"]["value"], rows["ocpp_port"]["source"]) == ("9100", "the command line")
    assert rows["heartbeat_interval_s"]["source"] == "the defaults"
    assert rows["credential_key"]["secret"]
    assert rows["credential_key"]["value"] != ""
    assert "the stations' own key" not in answer.text


@pytest.mark.parametrize(
    ("only_this_machine", "web", "exposed"),
    [(True, "http://127.0.0.1", False), (False, "https://10.0.0.5", False), (False, "http://10.0.0.5", True)],
)
def test_reached_by_others_without_encryption_it_is_exposed(
    only_this_machine: bool, web: str, exposed: bool
) -> None:
    assert Addresses("ws://x", web, "ftp://x", only_this_machine=only_this_machine).exposed is exposed


def test_with_a_certificate_it_speaks_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def main() -> int:
        server = WebServer(create_app(), host="127.0.0.1", port=0, certificate=str(certificate), key=str(key))
        await server.start()
        try:
            async with httpx.AsyncClient(verify=trusting, trust_env=False, timeout=60) as client:
                return (await client.get(f"{server.scheme}://127.0.0.1:{server.port}/healthz")).status_code
        finally:
            await server.stop()

    assert asyncio.run(main()) == 200
    settings = Settings(web_tls_certificate=str(certificate), web_tls_key=str(certificate))
    with pytest.raises(SettingsError, match="web_tls_certificate"):
        check_web_certificate(settings)


@pytest.mark.parametrize(
    ("web", "warned"), [("http://10.0.0.5:8080", True), ("https://10.0.0.5:8080", False)]
)
def test_who_types_a_password_that_others_can_read_is_warned(web: str, warned: bool) -> None:
    async def test(bench: WebBench) -> str:
        bench.office.addresses.settle(Addresses("ws://x", web, "ftp://x", only_this_machine=False))
        async with bench.client() as client:
            return (await client.get("/log-in")).text

    assert ("Others on this network can read" in on_a_bench(test)) is warned
