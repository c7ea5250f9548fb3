"""A peer that means harm: it comes from any address of 127/8, says anything, and knows what it was answered."""

import base64
from typing import Any

from tests.central_system.raw_client import CLOSE, RawClient, request

STRANGER = "127.0.0.66"
"""Linux has all of 127/8; what counts by address counts this one by itself."""


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def knock(
    port: int, charge_point_id: str, password: str | None = None, *, address: str = STRANGER, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One handshake from that address: status, headers and text of the answer. Who is let in leaves again."""
    if password is not None:
        headers["Authorization"] = basic(headers.pop("user", charge_point_id), password)
    client = await RawClient.connect(port, local_addr=(address, 0))
    try:
        client.write(request(f"/ocpp/{charge_point_id}", **headers))
        status, answered, text = await client.response()
        if status == 101:
            client.send(CLOSE, b"\x03\xe8")
            await client.close_code()
        return status, answered, text
    finally:
        client.writer.close()


async def guess(port: int, charge_point_id: str, count: int, *, address: str = STRANGER) -> list[int]:
    """Wrong passwords, one after the other; the statuses."""
    return [
        (await knock(port, charge_point_id, f"guess number {number}", address=address))[0]
        for number in range(count)
    ]


async def settled(client: RawClient) -> Any:
    """Until the server has read what was sent before: a ping has come back."""
    client.send(9, b"settled")
    while (frame := await client.frame()) != (10, b"settled"):
        pass
    return frame
