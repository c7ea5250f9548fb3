"""Messages as rows: a request and its answer with the latency between them."""

import base64
import math
import re
from typing import Any

import msgspec

from chargeproof.acceptance.redaction import MARK, frame_without_secrets
from chargeproof.resources.messages import Message, MessageDeviation
from chargeproof.store.queries import NumberedExchange
from chargeproof.store.records import ExchangeRecord

ABOUT = ("status", "errorCode", "reason", "type", "requestedMessage", "key", "value", "idTag",
         "chargePointModel", "messageId", "vendorId")  # fmt: skip
"""Fields that say in a word what a message is about, in this order."""
ABOUT_LENGTH = 80

_FILE_TOKEN = re.compile(r"(/files/)[0-9a-f]{32}")


def message_of(found: NumberedExchange) -> Message:
    exchange = found.exchange
    request_text, answer_text = _shown(exchange.request_text), _shown(exchange.answer_text)
    request, answer = payload_of(request_text, 3), payload_of(answer_text, 2)
    transaction = request.get("transactionId", answer.get("transactionId"))
    connector = request.get("connectorId")
    return Message(
        number=found.number,
        charge_point_id=exchange.charge_point_id,
        connection=exchange.connection,
        caller=exchange.caller,
        action=exchange.action,
        unique_id=exchange.unique_id,
        outcome=exchange.outcome,
        requested_at=exchange.requested_at,
        answered_at=exchange.answered_at,
        latency_ms=_latency_ms(exchange),
        request=request_text,
        answer=answer_text,
        raw_base64=None if exchange.raw is None else base64.b64encode(exchange.raw).decode(),
        station_time=exchange.station_time_text,
        clock_offset_s=exchange.clock_offset_s,
        about=_about(exchange, request, answer),
        transaction_id=transaction if type(transaction) is int else None,
        connector_id=connector if type(connector) is int else None,
        deviations=tuple(
            MessageDeviation(rule=flag.rule, where=flag.where, value=flag.value) for flag in found.flags
        ),
    )


def payload_of(text: str | None, position: int) -> dict[str, Any]:
    """The object at that place of a frame; {} for anything else."""
    if text is None:
        return {}
    try:
        frame = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    if not isinstance(frame, list) or len(frame) <= position or not isinstance(frame[position], dict):
        return {}
    payload: dict[str, Any] = frame[position]
    return payload


def _shown(text: str | None) -> str | None:
    return None if text is None else without_file_tokens(frame_without_secrets(text))


def without_file_tokens(text: str) -> str:
    """Whoever holds the address of a file job may use it, so only its station is shown all of it."""
    return _FILE_TOKEN.sub(rf"\1{MARK}", text) if "/files/" in text else text


def _latency_ms(exchange: ExchangeRecord) -> float | None:
    if exchange.answered_at is None:
        return None
    return round((exchange.answered_at - exchange.requested_at).total_seconds() * 1000, 1)


MEASURED = {"Power.Active.Import": "kW", "Energy.Active.Import.Register": "kWh"}
"""What of a MeterValues is told in the row, in the unit it is told in."""
KILO = {"W": 1000.0, "kW": 1.0, "Wh": 1000.0, "kWh": 1.0}


def _measured(request: dict[str, Any]) -> list[str]:
    """Of the newest samples: "11.0 kW", "2.36 kWh"; nothing that is not as the protocol has it."""
    values = request.get("meterValue")
    newest = values[-1] if isinstance(values, list) and values else None
    samples = newest.get("sampledValue") if isinstance(newest, dict) else None
    told: dict[str, str] = {}
    for sample in samples if isinstance(samples, list) else []:
        if not isinstance(sample, dict) or sample.get("phase") is not None:
            continue
        measurand = sample.get("measurand", "Energy.Active.Import.Register")
        unit = sample.get("unit", "Wh")
        if measurand in MEASURED and unit in KILO and _is_number(sample.get("value")):
            told[measurand] = f"{float(sample['value']) / KILO[unit]:.2f} {MEASURED[measurand]}"
    return [told[measurand] for measurand in MEASURED if measurand in told]


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _about(exchange: ExchangeRecord, request: dict[str, Any], answer: dict[str, Any]) -> str:
    parts = []
    if isinstance(request.get("connectorId"), int):
        parts.append(f"connector {request['connectorId']}")
    transaction = request.get("transactionId", answer.get("transactionId"))
    if isinstance(transaction, int):
        parts.append(f"tx {transaction}")
    parts += _measured(request)
    parts += [str(request[name]) for name in ABOUT if isinstance(request.get(name), str)][:3]
    if isinstance(keys := request.get("key"), list):
        parts.append(", ".join(str(key) for key in keys))
    about = " · ".join(parts)
    if isinstance(found := answer.get("configurationKey"), list):
        about = f"{about} → {len(found)} {'key' if len(found) == 1 else 'keys'}".lstrip()
    if exchange.outcome == "answered" and isinstance(answer.get("status"), str):
        about = f"{about} → {answer['status']}".lstrip()
    return about[:ABOUT_LENGTH]
