"""How the station's own messages are made and handed over: one method for each, to be overridden."""

from datetime import datetime

from chargeproof.ocpp import (
    BootNotification,
    CallReceived,
    Confirmation,
    DiagnosticsStatus,
    FirmwareStatus,
    Heartbeat,
    MeterValue,
    MeterValues,
    ReadingContext,
    Reason,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from chargeproof.simulator.parts import StationParts
from chargeproof.simulator.sampling import sampled_values
from chargeproof.simulator.transactions import Transaction

NOT_KNOWN_YET = 0
"""Stands in a queued message for the transaction id, which is filled in when the message is sent."""

POWER_LOST_AT = "power_lost_at"


class Messages(StationParts):
    """Builds and sends."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        """The text of a call just before it is sent; None sends nothing."""
        return text

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        """The text of an answer just before it is sent; None sends nothing."""
        return text

    def on_text_sent(self, text: str) -> None:
        self.last_call_s = self.clock.monotonic() if text.startswith("[2") else self.last_call_s
        self.diagnostics.note(">", text)

    def on_text_received(self, text: str | bytes) -> None:
        self.diagnostics.note("<", text)

    def answer(self, event: CallReceived) -> Confirmation | None:
        """The confirmation of a call of the central system; None leaves it unanswered. Raises Refused."""
        raise NotImplementedError

    # Boot, heartbeat, status

    def build_boot_notification(self) -> BootNotification:
        model = self.model
        return BootNotification(
            charge_point_vendor=model.vendor,
            charge_point_model=model.model,
            charge_point_serial_number=model.serial_number,
            charge_box_serial_number=model.charge_box_serial_number,
            firmware_version=self.firmware.version,
            iccid=model.iccid,
            imsi=model.imsi,
            meter_type=model.meter_type,
            meter_serial_number=model.meter_serial_number,
        )

    def build_heartbeat(self) -> Heartbeat:
        return Heartbeat()

    def build_status_notification(self, connector_id: int) -> StatusNotification:
        return StatusNotification(
            connector_id=connector_id,
            status=self.status_of(connector_id),
            error_code=self.error_of(connector_id),
            timestamp=self.now(),
        )

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        self.firmware.report(status)

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        self.diagnostics.report(status)

    # Transactions

    def build_start_transaction(self, transaction: Transaction) -> StartTransaction:
        return StartTransaction(
            connector_id=transaction.connector_id,
            id_tag=transaction.id_tag,
            meter_start=transaction.meter_start_wh,
            timestamp=transaction.started_at,
            reservation_id=transaction.reservation_id,
        )

    def send_start_transaction(self, transaction: Transaction) -> None:
        self.queue.put(transaction.key, self.build_start_transaction(transaction))

    def build_stop_transaction(
        self, transaction: Transaction, reason: Reason, id_tag: str | None
    ) -> StopTransaction:
        return StopTransaction(
            transaction_id=NOT_KNOWN_YET,
            meter_stop=self.meter_stop_wh(transaction),
            timestamp=self.now(),
            id_tag=id_tag,
            reason=reason,
            transaction_data=transaction.samples or None,
        )

    def meter_stop_wh(self, transaction: Transaction) -> int:
        return self.register_wh(transaction.connector_id)

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        self.queue.put(transaction.key, self.build_stop_transaction(transaction, reason, id_tag))

    def send_stop_after_power_loss(self, transaction: Transaction) -> None:
        """A transaction that the power cut ended, told after the boot with the time of the cut."""
        lost_at = self.memory.get(POWER_LOST_AT)
        stop = StopTransaction(
            transaction_id=NOT_KNOWN_YET,
            meter_stop=self.meter_stop_wh(transaction),
            timestamp=datetime.fromisoformat(lost_at) if lost_at else self.now(),
            reason=Reason.POWER_LOSS,
            transaction_data=transaction.samples or None,
        )
        self.queue.put(transaction.key, stop)

    # Meter values

    def sample_interval_s(self, transaction: Transaction) -> float:
        """Seconds between two samples, counted from the start of the transaction; 0 is off (S§9.1.19)."""
        return self.configuration.integer("MeterValueSampleInterval")

    def clock_aligned_interval_s(self) -> float:
        return self.configuration.integer("ClockAlignedDataInterval")

    def measurands_sampled(self) -> list[str]:
        return self.configuration.items("MeterValuesSampledData")

    def measurands_aligned(self) -> list[str]:
        return self.configuration.items("MeterValuesAlignedData")

    def measurands_triggered(self) -> list[str]:
        return self.measurands_sampled() or [self.model.meter.supported_measurands[0].value]

    def meter_value(
        self, connector_id: int, measurands: list[str], context: ReadingContext
    ) -> MeterValue | None:
        """The reading of now; None if there is nothing to tell."""
        connector = self.connectors[connector_id]
        offered_a = self.as_station().limit_a(connector)
        values = sampled_values(self.reading(connector_id), measurands, context, offered_a)
        return MeterValue(timestamp=self.now(), sampled_value=values) if values else None

    def build_meter_values(
        self, connector_id: int, transaction: Transaction | None, samples: list[MeterValue]
    ) -> MeterValues:
        return MeterValues(
            connector_id=connector_id,
            transaction_id=None if transaction is None else NOT_KNOWN_YET,
            meter_value=samples,
        )

    def send_sampled_values(self, transaction: Transaction) -> None:
        sample = self.meter_value(
            transaction.connector_id, self.measurands_sampled(), ReadingContext.SAMPLE_PERIODIC
        )
        if sample is not None:
            self.send_transaction_values(transaction, sample)

    def send_clock_aligned_values(self, connector_id: int) -> None:
        sample = self.meter_value(connector_id, self.measurands_aligned(), ReadingContext.SAMPLE_CLOCK)
        transaction = self.connectors[connector_id].transaction
        if sample is None:
            return
        if transaction is not None:
            self.send_transaction_values(transaction, sample)
        elif self.online:
            self.outbox.post(self.build_meter_values(connector_id, None, [sample]))

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        """Values of a transaction are queued when offline (S§3.7), unless the model cannot."""
        if self.online or self.model.offline.queue_meter_values:
            values = self.build_meter_values(transaction.connector_id, transaction, [sample])
            self.queue.put(transaction.key, values)

    def send_triggered_values(self, connector_id: int, context: ReadingContext) -> None:
        sample = self.meter_value(connector_id, self.measurands_triggered(), context)
        if sample is None:
            return
        transaction = self.connectors[connector_id].transaction
        if transaction is not None and self.transaction_id_of(transaction) is not None:
            self.queue.put(transaction.key, self.build_meter_values(connector_id, transaction, [sample]))
        else:
            self.outbox.post(self.build_meter_values(connector_id, None, [sample]), forced=True)
