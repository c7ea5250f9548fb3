"""The history of a station's security, read from its commands, its requests and its handshakes.

So it outlasts this program, and has the changes too that were commanded by other ways than the page Security. What
is under way here is known better by who follows it (`testbed.security_changes`), and goes before.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chargeproof.central_system.station_security import AUTHORIZATION_KEY, SECURITY_PROFILE_KEY
from chargeproof.ocpp.security_enums import ExtendedMessageTrigger
from chargeproof.resources.security import ChangeKind, ChangeState, ChangeStep, SecurityChange
from chargeproof.store.queries import MessageFilter
from chargeproof.store.records import CommandRecord, ExchangeRecord, HandshakeRecord
from chargeproof.testbed.security_changes import STATES, serial_of
from chargeproof.trace import SecuritySeen
from chargeproof.web.office import Office
from chargeproof.web.rows.messages import payload_of

MOST = 50
"""Changes that are listed, and commands and requests of each kind that are looked at."""
CHANGING, TRIGGERING, BRINGING = "ChangeConfiguration", "ExtendedTriggerMessage", "CertificateSigned"
ASKED_FOR = ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE.value
HIGHEST_PROFILE = 3


async def security_changes(office: Office, charge_point_id: str) -> list[SecurityChange]:
    """The newest first."""
    live = office.changes.latest(charge_point_id)
    commands = office.queries.commands
    found = await asyncio.gather(
        commands(charge_point_id, action=CHANGING, text=AUTHORIZATION_KEY, limit=MOST),
        commands(charge_point_id, action=CHANGING, text=SECURITY_PROFILE_KEY, limit=MOST),
        commands(charge_point_id, action=TRIGGERING, text=ASKED_FOR, limit=MOST),
        commands(charge_point_id, action=BRINGING, limit=MOST),
    )
    records = [record for each in found for record in each.items]
    requests: list[ExchangeRecord] = []
    let_in: list[HandshakeRecord] = []
    if records:
        wanted = MessageFilter(charge_point_id=charge_point_id, actions=("SignCertificate",))
        requests = [each.exchange for each in (await office.queries.messages(wanted, limit=MOST)).items]
        let_in = await office.queries.let_in_since(charge_point_id, min(each.queued_at for each in records))
    kept = {each.change_id: each for each in changes_in(records, requests, let_in)}
    kept.update({each.change_id: each for each in live if not _is_proved_late(each, kept)})
    return sorted(kept.values(), key=lambda each: each.began_at, reverse=True)[:MOST]


def _is_proved_late(live: SecurityChange, kept: dict[str, SecurityChange]) -> bool:
    """Nobody follows an older change when a newer one began; a connection may have proved it since."""
    found = kept.get(live.change_id)
    return live.ended and found is not None and found.state == "proved" != live.state


def changes_in(
    commands: Iterable[CommandRecord], requests: Sequence[ExchangeRecord], let_in: Sequence[HandshakeRecord]
) -> list[SecurityChange]:
    """The changes in any records of one station; `requests`: its SignCertificate."""
    ordered = sorted(commands, key=lambda each: each.queued_at)
    passwords, profiles, triggers, certificates = [
        [each for each in ordered if _kind(each) == kind]
        for kind in ("password", "profile", "trigger", "signed")
    ]
    found = [_of_password(each, _until(passwords, each), let_in) for each in passwords]
    found += [_of_profile(each, let_in) for each in profiles]
    for trigger in triggers:
        end = _until(triggers, trigger)
        signed = next((each for each in certificates if trigger.queued_at <= each.queued_at < end), None)
        if signed is not None:
            certificates.remove(signed)
        asked = [each for each in requests if trigger.queued_at <= each.requested_at < end]
        first = min(asked, key=lambda each: each.requested_at, default=None)
        found.append(_of_certificate(trigger, first, signed, let_in))
    return found + [_of_certificate(None, None, each, let_in) for each in certificates]


def _kind(command: CommandRecord) -> str:
    payload = _payload(command)
    key = str(payload.get("key", "")).lower()
    if command.action == CHANGING and key == AUTHORIZATION_KEY.lower():
        return "password"
    if command.action == CHANGING and key == SECURITY_PROFILE_KEY.lower():
        return "profile" if _profile(payload) is not None else ""
    if command.action == TRIGGERING:
        return "trigger" if payload.get("requestedMessage") == ASKED_FOR else ""
    return "signed" if command.action == BRINGING else ""


def _profile(payload: dict[str, Any]) -> int | None:
    value = str(payload.get("value", ""))
    return int(value) if value in map(str, range(HIGHEST_PROFILE + 1)) else None


def _until(of_its_kind: Sequence[CommandRecord], command: CommandRecord) -> datetime:
    """When the next one went out: what happens from then on speaks of that."""
    later = (each.queued_at for each in of_its_kind if each.queued_at > command.queued_at)
    return min(later, default=datetime.max.replace(tzinfo=command.queued_at.tzinfo))


def _of_password(command: CommandRecord, end: datetime, let_in: Sequence[HandshakeRecord]) -> SecurityChange:
    steps = _told(command)
    _prove(steps, [each for each in let_in if each.at < end], lambda seen: seen.new_password)
    return _change("password", command, steps)


def _of_profile(command: CommandRecord, let_in: Sequence[HandshakeRecord]) -> SecurityChange:
    wanted, steps = _profile(_payload(command)) or 0, _told(command)
    _prove(steps, let_in, lambda seen: seen.profile >= wanted)
    return _change("profile", command, steps, wanted)


def _of_certificate(
    trigger: CommandRecord | None,
    asked: ExchangeRecord | None,
    signed: CommandRecord | None,
    let_in: Sequence[HandshakeRecord],
) -> SecurityChange:
    """`trigger` None: the station asked for one by itself."""
    first = trigger or signed
    assert first is not None  # noqa: S101 - one of both is there
    steps = _told(trigger) if trigger is not None else []
    if asked is not None:
        steps.append(ChangeStep(state="requested", at=asked.requested_at))
        if payload_of(asked.answer_text, 2).get("status") == "Rejected":
            steps.append(ChangeStep(state="refused", at=asked.answered_at or asked.requested_at))
    if signed is not None:
        steps.append(ChangeStep(state="signed", at=signed.queued_at))
        (*_, told) = _told(signed)
        if told.state not in ("queued", "sent"):
            named: ChangeState = "installed" if told.state == "accepted" else told.state
            steps.append(
                ChangeStep(state=named, at=told.at, detail="" if named == "installed" else told.detail)
            )
        serial = serial_of(str(_payload(signed).get("certificateChain", "")))
        _prove(steps, let_in, lambda seen: bool(serial) and seen.client_serial == serial)
    return _change("certificate", first, steps)


def _told(command: CommandRecord) -> list[ChangeStep]:
    """How the command fared."""
    steps = [ChangeStep(state="queued", at=command.queued_at)]
    if command.sent_at is not None:
        steps.append(ChangeStep(state="sent", at=command.sent_at))
    state = STATES.get(command.state, "timed_out")
    if command.ended_at is not None and state not in ("queued", "sent"):
        steps.append(ChangeStep(state=state, at=command.ended_at, detail=_detail(state, command)))
    return steps


def _detail(state: ChangeState, command: CommandRecord) -> str:
    return "" if state == "accepted" else command.detail


def _prove(
    steps: list[ChangeStep], let_in: Sequence[HandshakeRecord], used: Callable[[SecuritySeen], bool]
) -> None:
    """Add the connection that used what was changed, unless the station refused it."""
    last = steps[-1]
    if last.state in ("rejected", "not_sent", "refused"):
        return
    shown = (each.at for each in let_in if each.at >= last.at and each.security and used(each.security))
    at = next(shown, None)
    if at is not None:
        steps.append(ChangeStep(state="proved", at=at))


def _change(
    kind: ChangeKind, command: CommandRecord, steps: list[ChangeStep], profile: int | None = None
) -> SecurityChange:
    return SecurityChange(
        change_id=command.unique_id,
        charge_point_id=command.charge_point_id,
        kind=kind,
        profile=profile,
        state=steps[-1].state,
        ended=command.ended_at is not None,
        began_at=command.queued_at,
        steps=steps,
    )


def _payload(command: CommandRecord) -> dict[str, Any]:
    try:
        return msgspec.json.decode(command.payload_text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        return {}
