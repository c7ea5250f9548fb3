"""What a station is told about a card."""

from datetime import datetime

import msgspec

from chargeproof.central_system.settings import CentralSystemSettings, StationPolicy
from chargeproof.clock import Clock
from chargeproof.ocpp import AuthorizationStatus, IdTagInfo
from chargeproof.store import Store
from chargeproof.store.records import IdTagRecord


class Place(msgspec.Struct, frozen=True):
    """Where a transaction is about to begin."""

    charge_point_id: str
    connector_id: int | None


class Decision(msgspec.Struct, frozen=True):
    """The answer, and which rule gave it."""

    info: IdTagInfo
    reason: str


class Authorization:
    """Decides by the station's policy, then by the store; raises StoreError when that cannot be asked."""

    def __init__(self, store: Store, settings: CentralSystemSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    async def decide(
        self, policy: StationPolicy, id_tag: str | None, *, starting_at: Place | None = None
    ) -> Decision:
        """`starting_at`: a transaction begins there, so the tag must not be in use elsewhere (S§7.2)."""
        if not id_tag:
            return _plain(AuthorizationStatus.INVALID, "no id tag was sent")
        if policy.authorize is not None:
            info = policy.authorize(id_tag)
            if info is not None:
                return Decision(info, "decided by the station's policy")
        kept = await self._store.id_tag(id_tag)
        decision = self._standing(kept) if kept is not None else self._unknown()
        if decision.info.status is not AuthorizationStatus.ACCEPTED:
            return decision
        if kept is not None and kept.parent_id_tag:
            parent = await self._store.id_tag(kept.parent_id_tag)
            if parent is not None and self._standing(parent).info.status is not AuthorizationStatus.ACCEPTED:
                return _with_status(
                    decision, self._standing(parent).info.status, "its parent tag is not valid"
                )
        if starting_at is not None and await self._is_in_use(id_tag, starting_at):
            return _with_status(
                decision, AuthorizationStatus.CONCURRENT_TX, "the tag is in use for another transaction"
            )
        return decision

    def _unknown(self) -> Decision:
        if self._settings.unknown_id_tags == "accept":
            return _plain(AuthorizationStatus.ACCEPTED, "unknown tags are accepted")
        return _plain(AuthorizationStatus.INVALID, "the tag is not known")

    def _standing(self, kept: IdTagRecord) -> Decision:
        info = IdTagInfo(
            status=kept.status, expiry_date=kept.expires_at, parent_id_tag=kept.parent_id_tag or None
        )
        decision = Decision(info, f"the tag is kept as {kept.status}")
        if kept.status is AuthorizationStatus.ACCEPTED and _is_past(kept.expires_at, self._clock.now()):
            return _with_status(decision, AuthorizationStatus.EXPIRED, "the tag has expired")
        return decision

    async def _is_in_use(self, id_tag: str, place: Place) -> bool:
        if self._settings.allow_concurrent_use:
            return False
        # A start on the same connector says that its last transaction is over, stopped or not.
        elsewhere = await self._store.open_transaction_elsewhere(
            id_tag, place.charge_point_id, place.connector_id
        )
        return elsewhere is not None


def _is_past(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def _plain(status: AuthorizationStatus, reason: str) -> Decision:
    return Decision(IdTagInfo(status=status), reason)


def _with_status(decision: Decision, status: AuthorizationStatus, reason: str) -> Decision:
    return Decision(msgspec.structs.replace(decision.info, status=status), reason)
