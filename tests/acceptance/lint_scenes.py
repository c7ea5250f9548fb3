"""Short records for lints: what a station does, and how to see which lints it raises."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chargeproof.acceptance.lints import findings_in
from chargeproof.ocpp import (
    AuthorizationStatus,
    BootNotification,
    BootNotificationConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ChargePointErrorCode,
    ChargePointStatus,
    ConfigurationStatus,
    GetConfiguration,
    Heartbeat,
    HeartbeatConf,
    IdTagInfo,
    Measurand,
    MeterValue,
    MeterValues,
    Reason,
    RegistrationStatus,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    SampledValue,
    StartTransaction,
    StartTransactionConf,
    StatusNotification,
    StopTransaction,
)
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import HandshakeSeen

Play = Callable[["Scene"], Any]


class Scene(TraceBuilder):
    """A record that begins with an open socket and an accepted boot, unless ``bare``."""

    def __init__(self, *, bare: bool = False) -> None:
        super().__init__()
        if not bare:
            self.connect()

    def handshake(self, **more: Any) -> int:
        fields: dict[str, Any] = {
            "path": "/ocpp/STATION-1",
            "charge_point_id": "STATION-1",
            "remote": "10.0.0.2:1",
            "offered": ("ocpp1.6",),
            "outcome": "accepted",
        }
        return self.entry(HandshakeSeen, **(fields | more))

    def connect(self, *, interval: int = 300) -> None:
        self.handshake()
        self.opened()
        self.wait(1)
        self.boot(interval=interval)
        self.wait(1)

    def boot(
        self,
        *,
        interval: int = 300,
        status: RegistrationStatus = RegistrationStatus.ACCEPTED,
        **more: Any,
    ) -> int:
        fields: dict[str, Any] = {"charge_point_vendor": "ACME", "charge_point_model": "One"}
        conf = BootNotificationConf(status=status, current_time=self.now, interval=interval)
        return self.station(BootNotification(**(fields | more)), conf)

    def heartbeat(self) -> int:
        return self.station(Heartbeat(), HeartbeatConf(current_time=self.now), answer_after_s=0.01)

    def status(self, connector_id: int, status: str, **more: Any) -> int:
        self.wait(0.2)
        fields: dict[str, Any] = {
            "connector_id": connector_id,
            "error_code": ChargePointErrorCode.NO_ERROR,
            "status": ChargePointStatus(status),
        }
        return self.station(StatusNotification(**(fields | more)))

    def start(
        self,
        transaction_id: int = 7,
        *,
        connector_id: int = 1,
        id_tag: str = "TAG",
        wh: int = 1000,
        at: datetime | None = None,
        answered: bool = True,
    ) -> int:
        self.wait(0.2)
        info = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        conf = StartTransactionConf(id_tag_info=info, transaction_id=transaction_id)
        request = StartTransaction(
            connector_id=connector_id, id_tag=id_tag, meter_start=wh, timestamp=at or self.now
        )
        return self.station(request, conf if answered else None)

    def stop(
        self,
        transaction_id: int = 7,
        *,
        wh: int = 2000,
        reason: Reason | None = None,
        at: datetime | None = None,
        answer: str | None = "{}",
    ) -> int:
        self.wait(0.2)
        request = StopTransaction(
            transaction_id=transaction_id, meter_stop=wh, timestamp=at or self.now, reason=reason
        )
        return self.station(request, answer)

    def meter(self, transaction_id: int | None = 7, *, connector_id: int = 1, **more: Any) -> int:
        sample = SampledValue(**({"value": "1500"} | more))
        value = MeterValue(timestamp=self.now, sampled_value=[sample])
        return self.station(
            MeterValues(connector_id=connector_id, transaction_id=transaction_id, meter_value=[value])
        )

    def meter_raw(self, meter_value: str) -> int:
        return self.station("MeterValues", payload=f'{{"connectorId":1,"meterValue":{meter_value}}}')

    def set_key(self, key: str, value: str, status: str = "Accepted") -> int:
        conf = ChangeConfigurationConf(status=ConfigurationStatus(status))
        return self.we(ChangeConfiguration(key=key, value=value), conf)

    def read(self, *items: str) -> int:
        """A GetConfiguration answered with these items, each as JSON."""
        return self.we(GetConfiguration(), f'{{"configurationKey":[{",".join(items)}]}}')

    def remote_start(self, *, connector_id: int | None = 1, status: str = "Accepted") -> int:
        return self.we(
            RemoteStartTransaction(id_tag="TAG", connector_id=connector_id),
            RemoteStartTransactionConf(status=RemoteStartStopStatus(status)),
        )

    def outlive(self, seconds: float = 90) -> int:
        """Let windows pass, with a sign of life at their end."""
        self.wait(seconds)
        return self.heartbeat()


def key(name: str, value: str, readonly: str = "false") -> str:
    """A configuration key as JSON."""
    return f'{{"key":"{name}","value":"{value}","readonly":{readonly}}}'


def raised(play: Play, *, bare: bool = False) -> dict[str, list[str]]:
    """The lints that a scene raises, with what each saw."""
    scene = Scene(bare=bare)
    play(scene)
    return {f.lint.id: [sight.detail for sight in f.sightings] for f in findings_in(scene.ended().trace())}


def times(count: int, act: Callable[[], Any]) -> None:
    for _ in range(count):
        act()


POWER: dict[str, Any] = {"measurand": Measurand.POWER_ACTIVE_IMPORT, "value": "7000"}
