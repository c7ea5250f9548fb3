"""The web port as strangers, other sites and people with little rights attack it. See also `tests/web/people`."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chargeproof.cli.furnishing import ASKED_AGAIN_S
from chargeproof.web.people.attempts import OF_NAME_AT_ADDRESS
from chargeproof.web.people.passwords import Passwords
from tests.hostile.attacked import Attacked

RIGHT = "a-good-password-of-theirs"
SOCKETS = ("/live", "/api/v1/events")
ELSEWHERE = "https://elsewhere.example"


@pytest.fixture(scope="module")
def ada(attacked: Attacked) -> str:
    """A viewer's token."""
    attacked.api("POST", "/people", {"name": "ada", "role": "viewer", "password": RIGHT})
    return token_of(attacked, "ada", "viewer")


@pytest.fixture
def page(attacked: Attacked) -> Iterator[httpx.Client]:
    """A browser in which ada has logged in."""
    with attacked.visitor() as client:
        log_in(client)
        yield client


def log_in(client: httpx.Client, name: str = "ada", password: str = RIGHT) -> httpx.Response:
    return client.post("/log-in", data={"name": name, "password": password, "next": "/"})


def token_of(attacked: Attacked, name: str, role: str, **more: Any) -> str:
    with attacked.visitor() as client:
        answer = client.post("/api/v1/session", json={"name": name, "password": RIGHT})
        client.headers["x-csrf-token"] = answer.raise_for_status().json()["csrf_token"]
        made = client.post("/api/v1/tokens", json={"label": "t", "role": role, **more})
        return str(made.raise_for_status().json()["secret"])


# Log-in.


def test_who_guesses_at_the_log_in_is_held_up_and_the_person_elsewhere_is_not(
    attacked: Attacked, ada: str
) -> None:
    with attacked.stranger() as stranger, attacked.visitor() as person:
        statuses = [log_in(stranger, password=f"guess number {each}").status_code for each in range(10)]
        assert statuses == [401] * OF_NAME_AT_ADDRESS + [429] * (10 - OF_NAME_AT_ADDRESS)
        assert log_in(stranger).status_code == 429
        assert log_in(person).status_code == 303


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "Via"])
def test_nobody_gets_a_new_address_by_saying_so(attacked: Attacked, ada: str, header: str) -> None:
    with attacked.visitor(address=f"127.0.3.{len(header)}") as stranger:
        for number in range(OF_NAME_AT_ADDRESS):
            log_in(stranger, name=header, password=f"guess number {number}")
        stranger.headers[header] = "for=10.9.8.7" if header == "Forwarded" else "10.9.8.7"
        assert log_in(stranger, name=header).status_code == 429
    tried = [row["remote"] for row in attacked.api("GET", "/audit?limit=50")["items"]]
    assert not [remote for remote in tried if "10.9.8.7" in remote]


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer_for_the_same_work(
    attacked: Attacked, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work is counted, not timed: how often argon2 is asked."""
    asked: list[str] = []
    original = Passwords._matches

    def counting(self: Passwords, password: str, kept: str) -> bool:
        asked.append(kept)
        return original(self, password, kept)

    monkeypatch.setattr(Passwords, "_matches", counting)
    seen = []
    with attacked.visitor(address="127.0.4.1") as stranger:
        for name in ("ada", "nobody", "admin", "ADA", "ada\0", "a" * 64):
            asked.clear()
            answer = stranger.post("/api/v1/session", json={"name": name, "password": "wrong password"})
            seen.append((answer.status_code, answer.text, len(asked)))
    assert len(set(seen)) == 1
    assert seen[0][0] == 401


@pytest.mark.parametrize(
    "target",
    [
        ELSEWHERE,
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "///elsewhere.example",
        "https:elsewhere.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/x\r\nSet-Cookie: a=b",
        "@elsewhere.example",
        ".elsewhere.example",
        "/%2f%2felsewhere.example/../..",
        "/.//elsewhere.example",
    ],
)
def test_a_log_in_leads_nowhere_else(attacked: Attacked, ada: str, target: str) -> None:
    with attacked.visitor() as client:
        answer = client.post("/log-in", data={"name": "ada", "password": RIGHT, "next": target})
        led_to = httpx.URL(f"{attacked.url}/log-in").join(answer.headers["location"])
        assert (answer.status_code, str(led_to.host), led_to.port) == (303, "127.0.0.1", attacked.web_port)
        assert list(answer.headers.get_list("set-cookie")) == [
            each for each in answer.headers.get_list("set-cookie") if each.startswith("chargeproof_session=")
        ]
        again = client.get("/log-in", params={"next": target})
        led_to = httpx.URL(f"{attacked.url}/log-in").join(again.headers["location"])
        assert str(led_to.host) == "127.0.0.1"


def test_a_session_cookie_is_for_nobody_else(attacked: Attacked, ada: str) -> None:
    with attacked.visitor(X_Forwarded_Proto="https") as client:
        client.cookies.set("chargeproof_session", "chosen-by-somebody-else")
        cookie = log_in(client).headers["set-cookie"]
    assert "chosen-by-somebody-else" not in cookie
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Secure" not in cookie  # nobody is believed that this was https


def test_who_asks_again_and_again_whether_it_is_ready_does_not_wear_out_the_disk(
    attacked: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    central_system = attacked.serving.central_system
    original = central_system.obstacles

    async def counting() -> list[str]:
        asked.append(None)
        return await original()

    monkeypatch.setattr(central_system, "obstacles", counting)
    began_s = time.monotonic()
    with attacked.stranger() as stranger:
        assert {stranger.get("/readyz").status_code for _ in range(100)} == {200}
    assert len(asked) <= 1 + (time.monotonic() - began_s) / ASKED_AGAIN_S


# Other sites.


WAYS_TO_SEND = {
    "as another site": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"},
    "as a site beside it": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "from nowhere": {"Origin": "null"},
    "as an old browser": {"Referer": ELSEWHERE},
    "as itself, without the token": {"Sec-Fetch-Site": "same-origin"},
    "with a method in a header": {"X-HTTP-Method-Override": "DELETE", "Sec-Fetch-Site": "same-origin"},
}


KINDS = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
)


@pytest.mark.parametrize("way", WAYS_TO_SEND)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_another_site_changes_nothing(
    attacked: Attacked, ada: str, page: httpx.Client, way: str, kind: str
) -> None:
    before = len(attacked.api("GET", "/tokens")["items"])
    body = b'{"label": "stolen", "role": "viewer"}'
    answer = page.post("/api/v1/tokens", content=body, headers={**WAYS_TO_SEND[way], "content-type": kind})
    assert answer.status_code in (400, 403)
    assert len(attacked.api("GET", "/tokens")["items"]) == before


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", "http://127.0.0.1.elsewhere.example", "http://127.0.0.1:1", "file://"]
)
def test_a_socket_of_another_site_hears_nothing(
    attacked: Attacked, ada: str, page: httpx.Client, path: str, origin: str
) -> None:
    cookie = f"chargeproof_session={page.cookies['chargeproof_session']}"
    assert asyncio.run(socket_status(attacked, path, {"Cookie": cookie}, origin)) == 403


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer cp_wrong"},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Cookie": "chargeproof_session=wrong"},
        {"Sec-WebSocket-Protocol": "cp_wrong"},
    ],
)
def test_a_stranger_hears_nothing(attacked: Attacked, path: str, headers: dict[str, str]) -> None:
    assert asyncio.run(socket_status(attacked, path, headers)) in (401, 403)


async def socket_status(
    attacked: Attacked, path: str, headers: dict[str, str], origin: str | None = None
) -> int:
    """Of the answer to the handshake; 101 when it was accepted."""
    url = attacked.url.replace("http", "ws") + path
    try:
        async with connect(url, additional_headers=headers, origin=origin, proxy=None):  # type: ignore[arg-type]
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "127.0.0.1.elsewhere.example", "localhost@elsewhere.example", "0.0.0.0", "0x7f.1"],
)
def test_a_name_that_was_bent_to_this_address_reaches_nothing(attacked: Attacked, host: str) -> None:
    with attacked.visitor() as client:
        for path in ("/log-in", "/api/v1/session", "/healthz", "/static/console.css"):
            assert (
                client.get(path, headers={"Host": host, "X-Forwarded-Host": "127.0.0.1"}).status_code == 421
            )


def test_no_answer_names_a_host_that_the_client_made_up(
    attacked: Attacked, ada: str, page: httpx.Client
) -> None:
    for path in ("/", "/log-in", "/transactions", "/api/v1/charge-points", "/nowhere"):
        answer = page.get(
            path, headers={"X-Forwarded-Host": "elsewhere.example", "X-Original-URL": "/people"}
        )
        assert "elsewhere.example" not in answer.text + str(answer.headers)


# Rights.


def test_a_token_does_what_its_role_may_and_no_more(attacked: Attacked, ada: str) -> None:
    forbidden = [
        ("POST", "/people", {"name": "eve", "role": "administrator"}),
        ("POST", "/tokens", {"label": "x", "role": "administrator"}),
        ("PUT", "/charge-points/CP-1/password", {"password": "0123456789abcdef"}),
        ("POST", "/charge-points/CP-1/commands", {"action": "Reset", "payload": {"type": "Hard"}}),
        ("PUT", "/id-tags/EVE", {"status": "Accepted"}),
        ("POST", "/runs", {"charge_point_id": "CP-1"}),
        ("GET", "/people", None),
        ("GET", "/audit", None),
        ("GET", "/settings", None),
    ]
    with attacked.visitor(Authorization=f"Bearer {ada}") as client:
        statuses = {
            f"{method} {path}": client.request(method, f"/api/v1{path}", json=body).status_code
            for method, path, body in forbidden
        }
        assert statuses.pop("POST /tokens") == 409  # no token makes another
        assert set(statuses.values()) == {403}, statuses
        assert client.get("/api/v1/charge-points").status_code == 200


def test_a_viewer_hears_what_happens_and_can_say_nothing(attacked: Attacked, ada: str) -> None:
    async def main() -> int | None:
        url = attacked.url.replace("http", "ws") + "/api/v1/events"
        async with connect(url, additional_headers={"Authorization": f"Bearer {ada}"}, proxy=None) as socket:
            await socket.send('{"command": {"action": "Reset"}}')
            return await code_of(socket)

    assert asyncio.run(main()) == 4400


def test_of_somebody_who_is_removed_everything_ends_at_once(attacked: Attacked) -> None:
    attacked.api("POST", "/people", {"name": "mallory", "role": "operator", "password": RIGHT})
    token = token_of(attacked, "mallory", "operator")
    with attacked.visitor() as browser:
        log_in(browser, "mallory")
        cookie = f"chargeproof_session={browser.cookies['chargeproof_session']}"

        async def main() -> list[int | None]:
            url = attacked.url.replace("http", "ws")
            by_cookie = {"Cookie": cookie}
            by_token = {"Authorization": f"Bearer {token}"}
            async with (
                connect(url + "/live", additional_headers=by_cookie, origin=attacked.url, proxy=None) as one,  # type: ignore[arg-type]
                connect(url + "/api/v1/events", additional_headers=by_token, proxy=None) as other,
            ):
                await asyncio.to_thread(attacked.api, "DELETE", "/people/mallory")
                return [await code_of(socket) for socket in (one, other)]

        assert asyncio.run(main()) == [4401, 4401]
        assert browser.get("/api/v1/session").status_code == 401
        assert browser.get("/").status_code == 401
    with attacked.visitor(Authorization=f"Bearer {token}") as program:
        assert program.get("/api/v1/charge-points").status_code == 401


async def code_of(socket: Any) -> int | None:
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 20)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/..\\app.py",
        "/static/console.css%00.js",
        "/static/vendor/../../app.py",
        "/api/v1/firmware-files/..%2f..%2fchargeproof.db",
        "/api/v1/firmware-files/%2e%2e",
        "/api/v1/file-jobs/..%2f..%2f/files/chargeproof.db",
        "/api/v1/file-jobs/../files/credential.key",
        "/api/v1/file-jobs/x/files/..%2f..%2fcredential.key",
        "/api/v1/runs/1/..%2f..%2frecord.jsonl",
    ],
)
def test_no_path_leads_to_a_file_of_the_program(attacked: Attacked, path: str) -> None:
    url = httpx.URL(f"{attacked.url}/").copy_with(raw_path=path.encode())
    answer = attacked.admin.get(url)
    assert answer.status_code in (400, 404), answer.text
    assert "import " not in answer.text
    assert "root:" not in answer.text
