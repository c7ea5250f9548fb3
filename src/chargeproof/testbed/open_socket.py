"""What a record begins with when its station has been connected for a while."""

from datetime import datetime

from chargeproof.clock import Clock
from chargeproof.store.ports import Store
from chargeproof.store.records import ConnectionRecord, HandshakeRecord
from chargeproof.trace import ConnectionOpened, Entry, HandshakeSeen

HANDSHAKES_LOOKED_AT = 50
CONNECTIONS_LOOKED_AT = 50


async def what_was_before(store: Store, charge_point_id: str, number: int, clock: Clock) -> list[Entry]:
    """The handshake and the opening of the open socket ``number``, dated now and marked with their own times.

    What the store has forgotten of them is left out; that the socket is open is certain.
    """
    kept = await store.connections(charge_point_id, limit=CONNECTIONS_LOOKED_AT)
    connection = next((each for each in kept if each.connection == number), None)
    shake = await _handshake_of(store, charge_point_id, connection)
    at, mono = clock.now(), clock.monotonic()
    opened = ConnectionOpened(
        at=at,
        mono=mono,
        connection=number,
        remote=connection.remote if connection is not None else "",
        subprotocol=connection.subprotocol if connection is not None else None,
        since=connection.opened_at if connection is not None else at,
    )
    return [opened] if shake is None else [_entry_of(shake, at, mono), opened]


async def _handshake_of(
    store: Store, charge_point_id: str, connection: ConnectionRecord | None
) -> HandshakeRecord | None:
    if connection is None:
        return None
    shakes = await store.handshakes(charge_point_id, limit=HANDSHAKES_LOOKED_AT)
    return next(
        (
            shake
            for shake in shakes
            if shake.outcome == "accepted"
            and shake.remote == connection.remote
            and shake.at <= connection.opened_at
        ),
        None,
    )


def _entry_of(shake: HandshakeRecord, at: datetime, mono: float) -> HandshakeSeen:
    return HandshakeSeen(
        at=at,
        mono=mono,
        path=shake.path,
        charge_point_id=shake.charge_point_id,
        remote=shake.remote,
        offered=shake.offered,
        chosen=shake.chosen,
        authentication=shake.authentication,
        tls=shake.tls,
        outcome="accepted",
        http_status=shake.http_status,
        hint=". ".join(part for part in (shake.reason, shake.hint) if part),
        since=shake.at,
    )
