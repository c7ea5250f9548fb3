"""The messages of a lean station: texts that were encoded once, in which few fields are filled in."""

from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final

from chargeproof.ocpp import (
    BootNotification,
    ChargePointErrorCode,
    ChargePointStatus,
    Heartbeat,
    MeterValues,
    Reason,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    encode_call,
)
from chargeproof.ocpp.enums import Location, Measurand, Phase, ReadingContext, UnitOfMeasure, ValueFormat
from chargeproof.ocpp.metering import MeterValue, SampledValue

CARD_LENGTH: Final = 11
_ID: Final = "@id@"
_CARD: Final = "@card@"
_TIME: Final = datetime(2001, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
_TRANSACTION: Final = 1234567890123
_MARKS: Final = (
    _ID.encode(),
    _TIME.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode(),
    _CARD.encode(),
    str(_TRANSACTION).encode(),
)


class Template:
    """One message. `fill((id, time, card, transaction))`, all of them bytes, gives its text."""

    __slots__ = ("_pick", "_text", "action", "belongs_to_transaction")

    def __init__(self, request: Request[Any]) -> None:
        text = encode_call(_ID, request).encode().replace(b"%", b"%%")
        found = sorted((text.index(mark), place) for place, mark in enumerate(_MARKS) if mark in text)
        for mark in _MARKS:
            text = text.replace(mark, b"%b")
        self.action = request.action
        self.belongs_to_transaction = request.action in ("StartTransaction", "StopTransaction", "MeterValues")
        self._text = text
        self._pick = itemgetter(*(place for _, place in found))

    def fill(self, values: tuple[bytes, bytes, bytes, bytes]) -> bytes:
        text: bytes = self._text % self._pick(values)
        return text


def _status(connector_id: int, status: ChargePointStatus) -> Template:
    return Template(
        StatusNotification(
            connector_id=connector_id,
            error_code=ChargePointErrorCode.NO_ERROR,
            status=status,
            timestamp=_TIME,
        )
    )


def _sample(
    measurand: Measurand, unit: UnitOfMeasure, value: str, phase: Phase | None, form: ValueFormat | None
) -> SampledValue:
    return SampledValue(
        value=value,
        context=ReadingContext.SAMPLE_PERIODIC,
        format=form,
        measurand=measurand,
        phase=phase,
        location=Location.OUTLET,
        unit=unit,
    )


def _three_phases() -> list[SampledValue]:
    """Ten values: with the frame about them 1.4 kB."""
    energy, raw = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, ValueFormat.RAW
    phases = (Phase.L1, Phase.L2, Phase.L3)
    return [
        _sample(energy, UnitOfMeasure.WH, "1234567", None, raw),
        *(_sample(Measurand.CURRENT_IMPORT, UnitOfMeasure.A, "15.9", phase, None) for phase in phases),
        *(_sample(Measurand.VOLTAGE, UnitOfMeasure.V, "230.4", phase, None) for phase in phases),
        *(_sample(Measurand.POWER_ACTIVE_IMPORT, UnitOfMeasure.W, "3663.4", phase, raw) for phase in phases),
    ]


BOOT: Final = Template(
    BootNotification(
        charge_point_vendor="chargeproof",
        charge_point_model="Lean station",
        charge_point_serial_number="0",
        firmware_version="1.0",
    )
)
START: Final = Template(StartTransaction(connector_id=1, id_tag=_CARD, meter_start=1234567, timestamp=_TIME))
METER_VALUES: Final = Template(
    MeterValues(
        connector_id=1,
        transaction_id=_TRANSACTION,
        meter_value=[MeterValue(timestamp=_TIME, sampled_value=_three_phases())],
    )
)
HEARTBEAT: Final = Template(Heartbeat())
STOP: Final = Template(
    StopTransaction(
        transaction_id=_TRANSACTION, id_tag=_CARD, meter_stop=1244567, timestamp=_TIME, reason=Reason.LOCAL
    )
)

OPENING: Final = (
    BOOT,
    _status(0, ChargePointStatus.AVAILABLE),
    _status(1, ChargePointStatus.AVAILABLE),
    _status(2, ChargePointStatus.AVAILABLE),
)
"""What a station says when it comes: who it is, and the status of itself and of two connectors."""

CHARGING: Final = (
    START,
    _status(1, ChargePointStatus.CHARGING),
    METER_VALUES,
    METER_VALUES,
    HEARTBEAT,
    METER_VALUES,
    METER_VALUES,
    HEARTBEAT,
    STOP,
    _status(1, ChargePointStatus.AVAILABLE),
)
"""What it says from then on, again and again: a transaction with its meter values, and heartbeats."""


def card_of(number: int) -> bytes:
    """The card that is shown at the station of this number; each has its own."""
    return b"FLEET-%05d" % number
