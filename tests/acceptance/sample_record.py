"""A record of a whole visit, as a station connected by LAN makes it; for what shows and measures records."""

import math
from datetime import timedelta
from typing import Any

from chargeproof.acceptance.configuration_keys import CORE_REQUIRED
from chargeproof.acceptance.windows import WINDOWS_S
from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    AuthorizeConf,
    AvailabilityStatus,
    AvailabilityType,
    BootNotification,
    BootNotificationConf,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ChargePointErrorCode,
    ChargePointStatus,
    ClearCache,
    ClearCacheConf,
    ClearCacheStatus,
    ConfigurationStatus,
    GetConfiguration,
    GetConfigurationConf,
    GetDiagnostics,
    GetDiagnosticsConf,
    Heartbeat,
    HeartbeatConf,
    IdTagInfo,
    KeyValue,
    Measurand,
    MeterValue,
    MeterValues,
    Phase,
    RegistrationStatus,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    SampledValue,
    StartTransaction,
    StartTransactionConf,
    StatusNotification,
    StopTransaction,
    UnitOfMeasure,
)
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import HandshakeSeen, Trace

S = ChargePointStatus
ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
SECRET = "hunter2-hunter2!"
PROFILE: dict[str, Any] = {
    "connectivity": "lan",
    "connectors": 2,
    "valid_card": "04A1B2C3",
    "header": {
        "manufacturer_name": "ACME Charging",
        "manufacturer_number": "ac1-R3.10.6-0-g732f",
        "manufacturer_model": "One Connected",
        "firmware_version": "ac1-R3.10.6-0-g732f",
    },
    "people": {"tester": "A. Tester", "witness": "", "place": "Parking place 7"},
}


def keys(count: int = 178) -> list[KeyValue]:
    """A station's configuration: the core's keys, some of its own, and a password that it should not show."""
    values = {
        "HeartbeatInterval": "300",
        "MeterValueSampleInterval": "60",
        "MeterValuesSampledData": "Current.Import",
        "SupportedFeatureProfiles": "Core,FirmwareManagement,RemoteTrigger",
        "ConnectorPhaseRotation": "NotApplicable",
        "NumberOfConnectors": "2",
        "ConnectionTimeOut": "120",
        "AuthorizeRemoteTxRequests": "true",
        "LocalAuthorizeOffline": "1",
    }
    listed = [
        KeyValue(key=key, readonly=key == "NumberOfConnectors", value=values.get(key, "0"))
        for key in CORE_REQUIRED
    ]
    listed.append(KeyValue(key="MaintenancePassword", readonly=False, value=SECRET))
    listed.append(KeyValue(key="LogServer", readonly=False, value=f"ftp://logger:{SECRET}@10.0.0.7/logs"))
    own = (f"Acme{part}{n}" for n in range(1, 80) for part in ("Relay", "Display", "Temperature"))
    while len(listed) < count:
        listed.append(
            KeyValue(key=next(own), readonly=len(listed) % 3 == 0, value=str(len(listed) * 7 % 100))
        )
    return listed


class SampleVisit:
    """Writes the visit step by step; ``trace`` is the record."""

    def __init__(self, *, firmware: str = "ac1-R3.10.6-0-g732f", hostile: str = "") -> None:
        self.b = TraceBuilder(windows=dict(WINDOWS_S), profile=PROFILE)
        self.firmware = firmware
        self.hostile = hostile
        self.transaction_id = 40
        self.register = 1_204_310

    # ── what the station says ────────────────────────────────────────────────────────────────────────

    def connect(self, *, boot: bool = True) -> None:
        b = self.b
        b.entry(
            HandshakeSeen,
            path="/ocpp/STATION-1",
            charge_point_id="STATION-1",
            remote="10.0.0.23:51734",
            offered=("ocpp1.6",),
            chosen="ocpp1.6",
            authentication="basic",
            tls="TLSv1.3 TLS_AES_128_GCM_SHA256",
            outcome="accepted",
        )
        b.opened()
        if not boot:
            return
        b.wait(0.6)
        b.station(
            BootNotification(
                charge_point_vendor="ACME Charging",
                charge_point_model="One Connected" + self.hostile[:5],
                charge_point_serial_number="AC1-2203-00042",
                firmware_version=self.firmware,
                meter_type="ACME 3PH",
            ),
            BootNotificationConf(status=RegistrationStatus.ACCEPTED, current_time=b.now, interval=30),
        )
        for connector_id in (0, 1, 2):
            self.status(connector_id, S.AVAILABLE)

    def status(
        self,
        connector_id: int,
        status: ChargePointStatus,
        code: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR,
    ) -> int:
        self.b.wait(0.3)
        stamped = self.b.now + timedelta(milliseconds=420)
        return self.b.station(
            StatusNotification(
                connector_id=connector_id,
                error_code=code,
                status=status,
                timestamp=stamped,
                info=self.hostile[:50] or None,
            )
        )

    def start(self, id_tag: str, *, at_s: float | None = None) -> int:
        self.transaction_id += 1
        stamped = self.b.now if at_s is None else self.b.now - timedelta(seconds=at_s)
        return self.b.station(
            StartTransaction(connector_id=1, id_tag=id_tag, meter_start=self.register, timestamp=stamped),
            StartTransactionConf(id_tag_info=ACCEPTED, transaction_id=self.transaction_id),
        )

    def stop(self, *, back_s: float = 0.0) -> int:
        self.register += 640
        return self.b.station(
            StopTransaction(
                transaction_id=self.transaction_id,
                meter_stop=self.register,
                timestamp=self.b.now - timedelta(seconds=back_s),
            )
        )

    def meter(self, place: int) -> int:
        current = 15.6 + math.sin(place) * 0.4
        samples = [
            SampledValue(
                value=f"{current + n * 0.1:.1f}",
                measurand=Measurand.CURRENT_IMPORT,
                phase=phase,
                unit=UnitOfMeasure.A,
            )
            for n, phase in enumerate((Phase.L1, Phase.L2, Phase.L3))
        ]
        return self.b.station(
            MeterValues(
                connector_id=1,
                transaction_id=self.transaction_id,
                meter_value=[MeterValue(timestamp=self.b.now, sampled_value=samples)],
            )
        )

    def session(self, id_tag: str, interval_s: float, samples: int) -> None:
        self.start(id_tag)
        self.status(1, S.CHARGING)
        for place in range(samples):
            self.b.wait(interval_s + (0.4 if place % 2 else -0.2))
            self.meter(place)
        self.b.wait(4)

    # ── the visit ────────────────────────────────────────────────────────────────────────────────────

    def play(self) -> Trace:
        self.b.wait(2)
        self.connect()
        self.prepare()
        self.configure()
        self.availability()
        self.reset(ResetType.SOFT, 9, 21.5)
        self.reset(ResetType.HARD, 1, 48.2)
        self.heartbeats()
        self.diagnostics()
        self.sessions()
        self.outage()
        self.fault()
        self.restore()
        return self.b.ended().trace()

    def prepare(self) -> None:
        b = self.b
        with b.step("preparation"):
            b.we(GetConfiguration(), GetConfigurationConf(configuration_key=keys()), answer_after_s=1.84)
            b.we(ClearCache(), ClearCacheConf(status=ClearCacheStatus.ACCEPTED), answer_after_s=0.08)
            b.we(
                ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE),
                ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED),
            )

    def configure(self) -> None:
        with self.b.step("Set configuration", function=5):
            for key, value in (
                ("HeartbeatInterval", "240"),
                ("HeartbeatInterval", "300"),
                ("AcmeRelay1", "7"),
            ):
                self.set_key(key, value)

    def set_key(self, key: str, value: str) -> None:
        self.b.we(
            ChangeConfiguration(key=key, value=value),
            ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED),
            answer_after_s=0.21,
        )
        self.b.we(
            GetConfiguration(key=[key]),
            GetConfigurationConf(configuration_key=[KeyValue(key=key, readonly=False, value=value)]),
            answer_after_s=0.12,
        )

    def availability(self) -> None:
        b = self.b
        with b.step("Change availability", function=3):
            for kind, status in (
                (AvailabilityType.INOPERATIVE, S.UNAVAILABLE),
                (AvailabilityType.OPERATIVE, S.AVAILABLE),
            ):
                b.wait(1)
                b.we(
                    ChangeAvailability(connector_id=0, type=kind),
                    ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED),
                )
                for connector_id in (0, 1, 2):
                    self.status(connector_id, status)

    def reset(self, kind: ResetType, function: int, seconds: float) -> None:
        b = self.b
        with b.step("Reset CS" if function == 9 else "Boot notification", function=function):
            b.we(Reset(type=kind), ResetConf(status=ResetStatus.ACCEPTED), answer_after_s=0.3)
            b.wait(1.5)
            b.closed()
            b.wait(seconds)
            self.connect()

    def heartbeats(self) -> None:
        with self.b.step("Heartbeat (automatic)", function=2):
            for late in (0.0, 0.4, -0.2, 0.1, 1.3, 0.2):
                self.b.wait(30 + late)
                self.b.station(Heartbeat(), HeartbeatConf(current_time=self.b.now), answer_after_s=0.01)

    def diagnostics(self) -> None:
        b = self.b
        with b.step("Remotely initiate and get diagnostics reports", function=13):
            b.we(
                GetDiagnostics(location=f"ftp://job17:{SECRET}@10.0.0.1:2121/17/"),
                GetDiagnosticsConf(file_name="diag-20261123.tar.gz"),
            )
            for status in ("Uploading", "Uploaded"):
                b.wait(2)
                b.station("DiagnosticsStatusNotification", payload=f'{{"status":"{status}"}}')
            b.file(
                job="17",
                event="upload",
                scheme="ftp",
                name="diag-20261123.tar.gz",
                size=184_320,
                sha256="9f" * 32,
                began_at=b.now - timedelta(seconds=3.2),
                ended_at=b.now - timedelta(seconds=1.1),
            )

    def sessions(self) -> None:
        b = self.b
        with b.step("Receive Meter reading", function=8):
            b.act("plug_in", takes_s=14.2, phase="seen", connector_id=1)
            self.status(1, S.PREPARING)
            self.set_key("MeterValueSampleInterval", "30")
            b.we(
                RemoteStartTransaction(connector_id=1, id_tag="CHARGEPROOF-REMOTE"),
                RemoteStartTransactionConf(status=RemoteStartStopStatus.ACCEPTED),
            )
            self.session("CHARGEPROOF-REMOTE", 30, 4)
            b.we(
                RemoteStopTransaction(transaction_id=self.transaction_id),
                RemoteStopTransactionConf(status=RemoteStartStopStatus.ACCEPTED),
            )
            self.status(1, S.FINISHING)
            self.stop()
        with b.step("Start charge transaction (both local notification and remote trigger)", function=6):
            self.set_key("MeterValueSampleInterval", "60")
            b.act("present_card", takes_s=8.8, phase="seen", connector_id=1, id_tag="04A1B2C3")
            b.station(Authorize(id_tag="04A1B2C3"), AuthorizeConf(id_tag_info=ACCEPTED))
            self.status(1, S.PREPARING)
            self.session("04A1B2C3", 60, 4)
            b.act("present_card", takes_s=5.1, phase="done", connector_id=1, id_tag="04A1B2C3")
            self.status(1, S.FINISHING)
            self.stop()

    def outage(self) -> None:
        b = self.b
        with b.step("Get past charge transactions", function=14):
            self.status(1, S.PREPARING)
            self.session("04A1B2C3", 60, 1)
            b.reach(False)
            b.closed(by="network", code=None)
            b.wait(112)
            b.act("present_card", takes_s=6.0, phase="done", connector_id=1, id_tag="04A1B2C3")
            b.wait(40)
            b.reach(True)
            b.wait(11)
            self.connect(boot=False)
            b.wait(1)
            self.stop(back_s=52)
            self.status(1, S.FINISHING)
            self.status(1, S.AVAILABLE)

    def fault(self) -> None:
        b = self.b
        with b.step("Any hardware related notifications or error conditions", function=10):
            b.act("provoke_error", takes_s=9.0, phase="seen", connector_id=1)
            self.status(1, S.FAULTED, ChargePointErrorCode.GROUND_FAILURE)
            b.act("repair", takes_s=7.0, phase="seen", connector_id=1)
            self.status(1, S.AVAILABLE)
        b.text(
            "charge_point",
            '[2,"x1","StatusNotification",{"connectorId":1,"errorCode":"Error","status":"Available"}]',
        )
        b.text("central_system", '[3,"x1",{}]')
        b.text("charge_point", "\x00not JSON at all \u202e" + self.hostile)
        b.cannot("Remote Firmware update", "no firmware file was received from the manufacturer", function=12)

    def restore(self) -> None:
        b = self.b
        with b.step("restoration"):
            self.set_key("HeartbeatInterval", "300")
            self.set_key("MeterValueSampleInterval", "60")
            b.we(
                ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE),
                ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED),
            )


def sample_trace(*, firmware: str = "ac1-R3.10.6-0-g732f", hostile: str = "") -> Trace:
    """The visit of one station; ``hostile`` text is put wherever a station may put text."""
    return SampleVisit(firmware=firmware, hostile=hostile).play()
