"""The row format of each kind of record on SQLite."""

from chargeproof.store import records, schema
from chargeproof.store.late_index import by_station
from chargeproof.store.rows import RowFormat

SAMPLED = """coalesce(sampled, (
    SELECT part.value FROM json_each((
        SELECT item.value FROM json_each((
            SELECT field.value FROM exchanges,
                json_each(coalesce(exchanges.request_text, CAST(exchanges.raw AS TEXT)), '$[3]') AS field
            WHERE exchanges.row_number = meter_values.exchange
                AND field.key = CASE source WHEN 'MeterValues' THEN 'meterValue' ELSE 'transactionData' END
            ORDER BY field.id DESC LIMIT 1
        )) AS item WHERE item.key = position
    )) AS part WHERE part.key = 'sampledValue' ORDER BY part.id DESC LIMIT 1
))"""
"""The values of a row of `meter_values`: its own, or those in the request of its exchange.

Where an object names a field twice, the last one counts, as it does for the decoder.
"""

CHARGE_POINT = RowFormat(schema.charge_points, records.ChargePointRecord)
BOOT = RowFormat(schema.charge_points, records.BootRecord)
HANDSHAKE = RowFormat(schema.handshakes, records.HandshakeRecord)
CONNECTION = RowFormat(schema.connections, records.ConnectionRecord)
EXCHANGE = RowFormat(schema.exchanges, records.ExchangeRecord, of_station=by_station(schema.exchanges))
STATUS = RowFormat(schema.statuses, records.ConnectorStatusRecord)
ID_TAG = RowFormat(schema.id_tags, records.IdTagRecord)
DECISION = RowFormat(schema.decisions, records.IdTagDecision)
TRANSACTION = RowFormat(schema.transactions, records.TransactionRecord)
START = RowFormat(schema.transactions, records.StartRecord)
STOP = RowFormat(schema.stops, records.StopRecord)
METER_VALUE = RowFormat(schema.meter_values, records.MeterValueRecord, read_as={"sampled": SAMPLED})
CONFIGURATION = RowFormat(schema.configuration, records.ConfigurationRecord)
CONFIGURATION_CHANGE = RowFormat(schema.configuration_changes, records.ConfigurationChangeRecord)
BASELINE = RowFormat(schema.baselines, records.BaselineRecord)
PROGRESS = RowFormat(schema.progress, records.ProgressRecord)
SECURITY_EVENT = RowFormat(schema.security_events, records.SecurityEventRecord)
FLAG = RowFormat(schema.flags, records.FlagRecord)
COMMAND = RowFormat(schema.commands, records.CommandRecord)
JOB = RowFormat(schema.file_jobs, records.FileJobRecord)
TRANSFER = RowFormat(schema.file_transfers, records.FileTransferRecord)
