"""Under which names this server answers: a page elsewhere must not reach it by giving its own name our address."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from litestar.types import ASGIApp, Receive, Scope, Send

from chargeproof.settings import Settings
from chargeproof.web.headers import is_for_stations
from chargeproof.web.problems import Problem

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def allowed_hosts(settings: Settings, *, only_this_machine: bool, advertised: str) -> frozenset[str]:
    """Empty: every name. On loopback there are no others; elsewhere only `web_hosts` says which there are."""
    named = [host.strip().lower() for host in settings.web_hosts.split(",") if host.strip()]
    if not only_this_machine and not named:
        return frozenset()
    own = f"[{advertised}]" if ":" in advertised else advertised
    return frozenset({*LOOPBACK_NAMES, own.lower(), *named})


def host_check(allowed: Collection[str]) -> Callable[..., ASGIApp]:
    """The middleware; stations, which send what they were told to, are let through (`opt={"stations": True}`)."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def checked(scope: Scope, receive: Receive, send: Send) -> None:
            if allowed and not is_for_stations(scope):
                _check(scope, allowed)
            await app(scope, receive, send)

        return checked

    return wrap


def _check(scope: Scope, allowed: Collection[str]) -> None:
    """Raises Problem 421 when the Host header names somebody else."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    if name_of(host) not in allowed:
        raise Problem(
            421,
            "Misdirected request",
            f"This server is not called {host[:100]!r}",
            "Use the address that it printed, or add the name to the setting `web_hosts`",
        )


def name_of(host: str) -> str:
    """`[::1]:8080` is `[::1]`, `Localhost:8080` is `localhost`."""
    try:
        found = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
    return f"[{found}]" if ":" in found else found.rstrip(".")
