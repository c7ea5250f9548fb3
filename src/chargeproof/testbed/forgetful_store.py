"""A store for trials: it keeps transactions, on which answers depend, and none of the history that nobody reads."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from chargeproof.store import SqliteStore, StoreError
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
)


class ForgetfulStore(SqliteStore):
    """In memory, for one central system that is never started again."""

    def when_durable(self, callback: Callable[[StoreError | None], None]) -> None:
        """Never at once: an answer does not come in the very turn in which it was asked for."""
        asyncio.get_running_loop().call_soon(super().when_durable, callback)

    def record_seen(self, charge_point_id: str, at: datetime, clock_offset_s: float | None = None) -> None:
        return

    def record_boot(self, boot: BootRecord) -> None:
        return

    def record_handshake(self, handshake: HandshakeRecord) -> None:
        return

    def record_connection(self, connection: ConnectionRecord) -> None:
        return

    def record_exchange(
        self, exchange: ExchangeRecord, *, lasting: bool = False, values: Sequence[MeterValueRecord] = ()
    ) -> None:
        return

    def record_status(self, status: ConnectorStatusRecord) -> None:
        return

    def record_meter_values(self, values: Sequence[MeterValueRecord]) -> None:
        return

    def record_decision(self, decision: IdTagDecision) -> None:
        return

    def record_configuration(self, keys: Sequence[ConfigurationRecord]) -> None:
        return

    def record_progress(self, progress: ProgressRecord) -> None:
        return

    def record_flags(self, flags: Sequence[FlagRecord]) -> None:
        return

    def record_command(self, command: CommandRecord) -> None:
        return

    def record_job(self, job: FileJobRecord) -> None:
        return

    def record_transfer(self, transfer: FileTransferRecord) -> None:
        return
