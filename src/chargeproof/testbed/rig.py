"""A lab rig with its own hands: the acts as HTTP requests with the verbs that such rigs speak."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from chargeproof.acceptance.ports import Act, ApparatusError, Deed
from chargeproof.errors import UsageError

PATIENCE_S = 60.0
CARD_TYPE = "ISO14443"
IMPOSSIBLE = {409: "it cannot be done now", 501: "this rig cannot do it"}
LONGEST_REASON = 300


class RigSite:
    """Hands behind ``POST {rig}/api/v1/<verb>``. Fulfils ``acceptance.ports.Site``.

    200: done. 409 and 501: cannot, with the ``detail`` of the JSON body as the reason. Anything else, or no
    answer in 60 s: the apparatus is broken (ApparatusError).
    """

    kind = "rig"

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Raises UsageError for what is no HTTP address."""
        self.check(url)
        self._address = url.rstrip("/")
        # The loop keeps the time, which may be a scaled one. A rig in the lab is not behind a proxy.
        self._client = httpx.AsyncClient(transport=transport, timeout=None, trust_env=False)  # noqa: S113

    @staticmethod
    def check(url: str) -> None:
        """Raises UsageError for what is no HTTP address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("this is no address of a rig", url, "Give one such as http://192.168.1.20:8081")

    async def close(self) -> None:
        await self._client.aclose()

    async def perform(self, act: Act) -> Deed:
        request = request_for(act)
        if request is None:
            return Deed("cannot", self.kind, f"rigs know no verb for {act.name}")
        verb, parameters = request
        answer = await self._ask(verb, parameters)
        if answer.status_code == httpx.codes.OK:
            return Deed("done", self.kind)
        reason = _detail(answer)
        if answer.status_code in IMPOSSIBLE:
            return Deed("cannot", self.kind, reason or IMPOSSIBLE[answer.status_code])
        raise ApparatusError(f"the rig answered {verb} with HTTP {answer.status_code} {reason}".strip())

    async def _ask(self, verb: str, parameters: Mapping[str, str]) -> httpx.Response:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._client.post(f"{self._address}/api/v1/{verb}", params=parameters)
        except TimeoutError as error:
            raise ApparatusError(f"the rig did not answer {verb} within {PATIENCE_S:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = str(error) or type(error).__name__
            raise ApparatusError(f"the rig at {self._address} cannot be reached: {reason}") from error


def request_for(act: Act) -> tuple[str, dict[str, str]] | None:
    """The verb and its parameters for an act; None where rigs have no verb for it."""
    connector = {"connector_id": str(act.parameters.get("connector_id", 0))}
    match act.name:
        case "plug_in":
            return "plugin", connector
        case "unplug":
            return "plugout", connector
        case "present_card":
            return "authorize", {"id": str(act.parameters["id_tag"]), "type": CARD_TYPE, **connector}
        case "provoke_error":
            return "state", {"faulted": "true", **connector}
        case "repair":
            return "state", {"faulted": "false", **connector}
        case "reboot":
            return "reboot", {}
        case "parking_bay":
            occupied = "true" if act.parameters.get("occupied") else "false"
            return "parkingbay", {"occupied": occupied, **connector}
    return None


def _detail(answer: httpx.Response) -> str:
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    return "" if detail is None else str(detail)[:LONGEST_REASON]
