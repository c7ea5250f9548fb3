"""The `record_*` half of the SQLite store: what goes with an answer, and what lasts (see `sqlite_batch`)."""

from collections.abc import Sequence
from datetime import datetime

from chargeproof.ocpp.enums import RegistrationStatus
from chargeproof.store import formats
from chargeproof.store.records import (
    BootRecord,
    CommandRecord,
    ConfigurationRecord,
    ConnectionRecord,
    ConnectorStatusRecord,
    ExchangeRecord,
    FileJobRecord,
    FileTransferRecord,
    FlagRecord,
    HandshakeRecord,
    IdTagDecision,
    MeterValueRecord,
    ProgressRecord,
    SecurityEventRecord,
)
from chargeproof.store.sqlite_batch import SqliteBatch
from chargeproof.store.utc import utc_text

SEEN = """
    INSERT INTO charge_points (charge_point_id, first_seen_at, last_seen_at, clock_offset_s)
    VALUES (?1, ?2, ?2, ?3)
    ON CONFLICT (charge_point_id) DO UPDATE SET
        last_seen_at = excluded.last_seen_at,
        clock_offset_s = coalesce(excluded.clock_offset_s, clock_offset_s)
"""

_BOOT_FIELDS = [name for name in formats.BOOT.fields if name not in ("charge_point_id", "booted_at")]
# The names come from the records, never from outside.
BOOTED = f"""
    INSERT INTO charge_points (
        charge_point_id, first_seen_at, last_seen_at, booted_at, accepted_at, {", ".join(_BOOT_FIELDS)}
    )
    VALUES (?1, ?2, ?2, ?2, ?3, {", ".join("?" * len(_BOOT_FIELDS))})
    ON CONFLICT (charge_point_id) DO UPDATE SET
        last_seen_at = excluded.last_seen_at,
        booted_at = excluded.booted_at,
        accepted_at = coalesce(accepted_at, excluded.accepted_at),
        {", ".join(f"{name} = excluded.{name}" for name in _BOOT_FIELDS)}
"""  # noqa: S608

CHANGED = """
    INSERT INTO configuration_changes (charge_point_id, key, value, readonly, known, read_at, firmware_version)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, (SELECT firmware_version FROM charge_points WHERE charge_point_id = ?1)
    WHERE NOT EXISTS (
        SELECT 1 FROM configuration_changes AS last
        WHERE last.value IS ?3 AND last.readonly IS ?4 AND last.known IS ?5 AND last.row_number = (
            SELECT max(row_number) FROM configuration_changes WHERE charge_point_id = ?1 AND key = ?2
        )
    )
"""
"""A key as read, if that differs from what was read before."""

EXCHANGED = formats.EXCHANGE.insert_with("row_number")
MEASURED = formats.METER_VALUE.insert_with("exchange", "position")


class SqliteWrites(SqliteBatch):
    """Writes in the order of arrival. Rows that nothing asks for in the same turn are written together."""

    def record_seen(self, charge_point_id: str, at: datetime, clock_offset_s: float | None = None) -> None:
        self.write_lasting(SEEN, [charge_point_id, utc_text(at), clock_offset_s])

    def record_boot(self, boot: BootRecord) -> None:
        booted_at = utc_text(boot.booted_at)
        accepted_at = booted_at if boot.registration == RegistrationStatus.ACCEPTED else None
        told = [getattr(boot, name) for name in _BOOT_FIELDS]
        self.write_later(BOOTED, [boot.charge_point_id, booted_at, accepted_at, *told])

    def record_handshake(self, handshake: HandshakeRecord) -> None:
        self.write_lasting(formats.HANDSHAKE.insert, formats.HANDSHAKE.row(handshake))

    def record_connection(self, connection: ConnectionRecord) -> None:
        self.write_lasting(formats.CONNECTION.upsert, formats.CONNECTION.row(connection))

    def record_exchange(
        self, exchange: ExchangeRecord, *, lasting: bool = False, values: Sequence[MeterValueRecord] = ()
    ) -> None:
        self._exchanges += 1
        number = self._exchanges
        self._exchanges_by_station.note(exchange.charge_point_id, number)
        row = formats.EXCHANGE.row(exchange)
        row.append(number)
        write = self.write_lasting if lasting else self.write_later
        write(EXCHANGED, row)
        for position, value in enumerate(values):
            row = formats.METER_VALUE.row(value)
            row += (number, position) if value.sampled is None else (None, None)
            self.write_later(MEASURED, row)

    def record_status(self, status: ConnectorStatusRecord) -> None:
        self.write_later(formats.STATUS.insert, formats.STATUS.row(status))

    def record_meter_values(self, values: Sequence[MeterValueRecord]) -> None:
        for value in values:
            self.write_later(MEASURED, [*formats.METER_VALUE.row(value), None, None])

    def record_decision(self, decision: IdTagDecision) -> None:
        self.write_later(formats.DECISION.insert, formats.DECISION.row(decision))

    def record_configuration(self, keys: Sequence[ConfigurationRecord]) -> None:
        for key in keys:
            row = formats.CONFIGURATION.row(key)
            self.write_lasting(CHANGED, row)
            self.write_lasting(formats.CONFIGURATION.upsert, row)

    def record_progress(self, progress: ProgressRecord) -> None:
        self.write_later(formats.PROGRESS.insert, formats.PROGRESS.row(progress))

    def record_security_event(self, event: SecurityEventRecord) -> None:
        self.write_later(formats.SECURITY_EVENT.insert, formats.SECURITY_EVENT.row(event))

    def record_flags(self, flags: Sequence[FlagRecord]) -> None:
        for flag in flags:
            self.write_later(formats.FLAG.insert, formats.FLAG.row(flag))

    def record_command(self, command: CommandRecord) -> None:
        self.write_lasting(formats.COMMAND.upsert, formats.COMMAND.row(command))

    def record_job(self, job: FileJobRecord) -> None:
        self.write_lasting(formats.JOB.upsert, formats.JOB.row(job))

    def record_transfer(self, transfer: FileTransferRecord) -> None:
        self.write_lasting(formats.TRANSFER.insert, formats.TRANSFER.row(transfer))
