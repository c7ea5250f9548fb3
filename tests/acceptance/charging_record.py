"""Records of charging, made by hand: who plugs, who starts, what the station sends, and what its clock says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    AuthorizeConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ChargePointErrorCode,
    ChargePointStatus,
    ClearCache,
    ClearCacheConf,
    ClearCacheStatus,
    ConfigurationStatus,
    IdTagInfo,
    Measurand,
    MeterValue,
    MeterValues,
    Phase,
    ReadingContext,
    Reason,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    SampledValue,
    StartTransaction,
    StartTransactionConf,
    StatusNotification,
    StopTransaction,
    UnitOfMeasure,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import boot, heartbeat, read_key, statuses

S = ChargePointStatus
E = ChargePointErrorCode
TAG = "CHARGEPROOF-REMOTE"
CARD = "CARD-1"
UNKNOWN = "CARD-0"
PROFILE: dict[str, Any] = {"valid_card": CARD, "unknown_card": UNKNOWN, "connector_id": 1}

Values = Mapping[tuple[Measurand, Phase | None], tuple[str, UnitOfMeasure | None]]

THREE_PHASES: Values = {
    **{
        (Measurand.VOLTAGE, phase): ("230.0", UnitOfMeasure.V)
        for phase in (Phase.L1_N, Phase.L2_N, Phase.L3_N)
    },
    **{
        (Measurand.CURRENT_IMPORT, phase): ("16.0", UnitOfMeasure.A)
        for phase in (Phase.L1, Phase.L2, Phase.L3)
    },
    (Measurand.POWER_ACTIVE_IMPORT, None): ("11040.0", UnitOfMeasure.W),
}


class ChargingRecord(TraceBuilder):
    """A record of a station whose clock is ``clock_s`` ahead; ``head=False`` is one of another system."""

    def __init__(self, *, clock_s: float = 0.0, **more: Any) -> None:
        super().__init__(**{"profile": PROFILE, **more})
        self.clock_s = clock_s
        self.last_id = 0
        self.opened()
        boot(self)
        statuses(self)

    @property
    def stamp(self) -> datetime:
        """What the station's clock says."""
        return self.now + timedelta(seconds=self.clock_s)

    def wait(self, seconds: float) -> "ChargingRecord":
        super().wait(seconds)
        return self

    def lives(self, seconds: float = 0.0) -> "ChargingRecord":
        """Time passes, and then there is a sign of life."""
        self.wait(seconds)
        heartbeat(self)
        return self

    # ── the station's messages ───────────────────────────────────────────────────────────────────────

    def says(
        self, status: ChargePointStatus | str, connector_id: int = 1, error: E | str = E.NO_ERROR
    ) -> int:
        """A StatusNotification; a plain text is any word on the wire."""
        if isinstance(status, ChargePointStatus) and isinstance(error, ChargePointErrorCode):
            request = StatusNotification(connector_id=connector_id, error_code=error, status=status)
            return self.station(request)
        payload = f'{{"connectorId":{connector_id},"errorCode":"{error}","status":"{status}"}}'
        return self.station("StatusNotification", payload=payload)

    def authorize(self, id_tag: str, status: AuthorizationStatus = AuthorizationStatus.ACCEPTED) -> int:
        return self.station(Authorize(id_tag=id_tag), AuthorizeConf(id_tag_info=IdTagInfo(status=status)))

    def start(
        self,
        id_tag: str = TAG,
        connector_id: int = 1,
        *,
        at: datetime | None = None,
        meter: int = 1000,
        transaction_id: int | None = None,
        **more: Any,
    ) -> int:
        """A StartTransaction; returns the id that we give."""
        given = transaction_id if transaction_id is not None else self.last_id + 1
        self.last_id = max(self.last_id, given)
        accepted = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        request = StartTransaction(
            connector_id=connector_id, id_tag=id_tag, meter_start=meter, timestamp=at or self.stamp
        )
        self.station(request, StartTransactionConf(id_tag_info=accepted, transaction_id=given), **more)
        return given

    def stop(
        self,
        transaction_id: int,
        reason: Reason | None = None,
        *,
        at: datetime | None = None,
        meter: int = 1300,
        id_tag: str | None = None,
    ) -> int:
        request = StopTransaction(
            transaction_id=transaction_id,
            meter_stop=meter,
            timestamp=at or self.stamp,
            reason=reason,
            id_tag=id_tag,
        )
        return self.station(request)

    def sample(
        self,
        transaction_id: int | None,
        connector_id: int = 1,
        *,
        at: datetime | None = None,
        values: Values = THREE_PHASES,
        context: ReadingContext | None = None,
    ) -> int:
        """One MeterValues frame."""
        sampled = [
            SampledValue(value=value, measurand=measurand, phase=phase, unit=unit, context=context)
            for (measurand, phase), (value, unit) in values.items()
        ]
        meter_value = MeterValue(timestamp=at or self.stamp, sampled_value=sampled)
        return self.station(
            MeterValues(connector_id=connector_id, transaction_id=transaction_id, meter_value=[meter_value])
        )

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────

    def plug_in(self, *says: ChargePointStatus | str, connector_id: int = 1) -> int:
        n = self.act("plug_in", connector_id=connector_id)
        for status in says:
            self.says(status, connector_id)
        return n

    def unplug(self, connector_id: int = 1) -> int:
        return self.act("unplug", connector_id=connector_id)

    def card(self, id_tag: str = CARD, connector_id: int = 1) -> int:
        return self.act("present_card", connector_id=connector_id, id_tag=id_tag)

    def remote_start(self, id_tag: str = TAG, connector_id: int = 1, answer: str | None = "Accepted") -> int:
        request = RemoteStartTransaction(id_tag=id_tag, connector_id=connector_id)
        if answer in set(RemoteStartStopStatus):
            conf = RemoteStartTransactionConf(status=RemoteStartStopStatus(str(answer)))
            return self.we(request, conf)
        return self.we(request, answer)

    def remote_stop(self, transaction_id: int, answer: str | None = "Accepted") -> int:
        request = RemoteStopTransaction(transaction_id=transaction_id)
        if answer in set(RemoteStartStopStatus):
            return self.we(request, RemoteStopTransactionConf(status=RemoteStartStopStatus(str(answer))))
        return self.we(request, answer)

    def key(self, key: str, value: str | None) -> None:
        """A key is read."""
        read_key(self, key, value)

    def set_key(self, key: str, value: str, answer: str = "Accepted", *, back: str | None = "") -> None:
        """A key is set and read back; ``back`` is what reads back where that is another value."""
        status = ConfigurationStatus(answer)
        self.we(ChangeConfiguration(key=key, value=value), ChangeConfigurationConf(status=status))
        if back is not None:
            self.key(key, back or value)

    def interval(self, seconds: int, answer: str = "Accepted", *, back: str | None = "") -> None:
        self.set_key("MeterValueSampleInterval", str(seconds), answer, back=back)

    def clear_cache(self) -> None:
        self.we(ClearCache(), ClearCacheConf(status=ClearCacheStatus.ACCEPTED))

    def knows_nobody(self) -> None:
        """Neither a cache nor a list can answer for a card."""
        self.key("AuthorizationCacheEnabled", None)
        self.key("LocalAuthListEnabled", None)

    # ── the line ─────────────────────────────────────────────────────────────────────────────────────

    def cut(self) -> None:
        """The central system goes out of reach."""
        self.reach(False)
        self.closed(by="central_system", code=None)

    def back(self, after_s: float = 5.0) -> None:
        """It is in reach again, and the station comes back."""
        self.reach(True)
        self.wait(after_s)
        self.opened()
        boot(self)

    # ── whole sessions ───────────────────────────────────────────────────────────────────────────────

    def remote_session(
        self, *, samples: int = 3, interval_s: float = 30.0, id_tag: str = TAG, values: Values = THREE_PHASES
    ) -> int:
        """A lawful session from the remote start to its samples; returns the transaction id."""
        self.remote_start(id_tag)
        given = self.start(id_tag)
        began = self.now_s
        self.says(S.CHARGING)
        for number in range(1, samples + 1):
            self.wait(began + number * interval_s - self.now_s)
            self.sample(given, at=self.stamp, values=values)
        return given

    def stops_remotely(self, transaction_id: int) -> None:
        """The lawful end of it."""
        self.wait(3)
        self.remote_stop(transaction_id)
        self.stop(transaction_id, Reason.REMOTE)
        self.says(S.FINISHING)
        self.lives(40)


def without(values: Values, *measurands: Measurand) -> Values:
    """The values but for these quantities."""
    return {key: value for key, value in values.items() if key[0] not in measurands}


def with_values(values: Values, changes: Mapping[tuple[Measurand, Phase | None], Any]) -> Values:
    """The values with some changed."""
    return {**values, **changes}
