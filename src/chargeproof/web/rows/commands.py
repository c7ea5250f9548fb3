"""Commands as rows; what they hold of secrets stays hidden."""

from typing import Any

import msgspec

from chargeproof.acceptance.redaction import Redactor
from chargeproof.resources.commands import Command, Effect
from chargeproof.store.queries import MessageFilter, Queries
from chargeproof.store.records import CommandRecord
from chargeproof.testbed.command_desk import HOPEFUL_STATES, request_in
from chargeproof.testbed.effects import expectation_of
from chargeproof.web.rows.messages import payload_of, without_file_tokens

LOOKED_AT = 200
"""Messages after a command among which its effect is looked for."""
_redactor = Redactor()


def command_of(record: CommandRecord, effect: Effect | None = None) -> Command:
    payload = _decoded(record.payload_text)
    expectation = expectation_of(record.action, payload if isinstance(payload, dict) else {})
    error = _error_in(record.answer_text)
    return shown(
        Command(
            command_id=record.unique_id,
            charge_point_id=record.charge_point_id,
            action=record.action,
            payload=payload,
            state=record.state,
            detail=record.detail,
            queued_at=record.queued_at,
            sent_at=record.sent_at,
            ended_at=record.ended_at,
            confirmation=payload_of(record.answer_text, 2) if error is None and record.answer_text else None,
            error_code=error[0] if error else None,
            error_description=error[1] if error else "",
            effect=effect or Effect(expected=expectation.text if expectation else ""),
        )
    )


def shown(command: Command) -> Command:
    """Without the values of secret keys, and without credentials in addresses."""
    payload = _redactor.value(msgspec.to_builtins(command.payload))
    if isinstance(payload, dict):
        payload = _without_tokens(payload)
    confirmation = _redactor.value(msgspec.to_builtins(command.confirmation))
    return msgspec.structs.replace(command, payload=payload, confirmation=confirmation)


def _without_tokens(payload: Any) -> Any:
    """Places of files stand in `location`, `firmware.location` and `log.remoteLocation`."""
    if isinstance(payload, dict):
        return {name: _without_tokens(value) for name, value in payload.items()}
    return without_file_tokens(payload) if isinstance(payload, str) else payload


async def effect_in_history(queries: Queries, record: CommandRecord) -> Effect | None:
    """The effect of a command as the messages after it show it; None where none can be shown."""
    payload = _decoded(record.payload_text)
    expectation = expectation_of(record.action, payload if isinstance(payload, dict) else {})
    if expectation is None:
        return None
    unseen = Effect(expected=expectation.text)
    if record.sent_at is None or record.state not in HOPEFUL_STATES:
        return unseen
    wanted = MessageFilter(
        charge_point_id=record.charge_point_id,
        caller="charge_point",
        actions=(expectation.action,),
        since=record.sent_at,
    )
    found = await queries.messages(wanted, limit=LOOKED_AT)
    for each in reversed(found.items):
        read = request_in(each.exchange.request_text or "")
        if read is not None and expectation.shown_by(*read):
            at = each.exchange.requested_at
            return Effect(
                expected=expectation.text, seen_at=at, shown_by=expectation.action, message=each.number
            )
    return unseen


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return text


def _error_in(text: str | None) -> tuple[str, str] | None:
    """Code and description of a CALLERROR."""
    if text is None:
        return None
    frame = _decoded(text)
    if isinstance(frame, list) and len(frame) >= 3 and frame[0] == 4:
        return str(frame[2]), str(frame[3]) if len(frame) > 3 else ""
    return None
