"""The tables, defined once for every database; a revision in `migrations` makes each change of them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chargeproof.store.utc import UtcDateTime

REVISION = "0006"
"""The newest revision: what this version reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Json = JSON().with_variant(JSONB(), "postgresql")
_Number = BigInteger().with_variant(Integer(), "sqlite")
_CiString = String().with_variant(String(collation="NOCASE"), "sqlite")


def _row_number() -> Column[int]:
    """Counts rows in the order of arrival; not a field of the record."""
    return Column("row_number", _Number, primary_key=True, autoincrement=True)


def _charge_point_id() -> Column[str]:
    return Column("charge_point_id", String(255), nullable=False)


charge_points = Table(
    "charge_points",
    metadata,
    Column("charge_point_id", String(255), primary_key=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("registration", String),
    Column("admitted", String),
    Column("accepted_at", UtcDateTime),
    Column("credential", LargeBinary),
    Column("clock_offset_s", Float),
    Column("booted_at", UtcDateTime),
    Column("vendor", Text),
    Column("model", Text),
    Column("serial_number", Text),
    Column("charge_box_serial_number", Text),
    Column("firmware_version", Text),
    Column("iccid", Text),
    Column("imsi", Text),
    Column("meter_type", Text),
    Column("meter_serial_number", Text),
    Column("security_profile", Integer),
    Column("asked_security_profile", Integer),
    Column("next_credential", LargeBinary),
)

handshakes = Table(
    "handshakes",
    metadata,
    _row_number(),
    Column("at", UtcDateTime, nullable=False),
    _charge_point_id(),
    Column("path", Text, nullable=False),
    Column("offered", _Json, nullable=False),
    Column("chosen", String),
    Column("authentication", String, nullable=False),
    Column("tls", String),
    Column("remote", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("http_status", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("security", _Json),
    Index(None, "charge_point_id", "row_number"),
)

connections = Table(
    "connections",
    metadata,
    Column("connection", _Number, primary_key=True, autoincrement=False),
    _charge_point_id(),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("remote", String, nullable=False),
    Column("subprotocol", String),
    Column("tls", String),
    Column("closed_at", UtcDateTime),
    Column("close_code", Integer),
    Column("close_reason", Text, nullable=False),
    Column("closed_by", String),
    Index(None, "charge_point_id", "connection"),
)

exchanges = Table(
    "exchanges",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("connection", _Number, nullable=False),
    Column("caller", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("unique_id", Text),
    Column("action", Text),
    Column("request_text", Text),
    Column("answer_text", Text),
    Column("raw", LargeBinary),
    Column("station_time_text", Text),
    Column("clock_offset_s", Float),
)

exchanges_by_station = Table(
    "exchanges_by_station",
    metadata,
    Column("charge_point_id", String(255), primary_key=True),
    Column("row_number", _Number, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

late_indexes = Table(
    "late_indexes",
    metadata,
    Column("name", String, primary_key=True),
    Column("up_to", _Number, nullable=False),
)

statuses = Table(
    "statuses",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("connector_id", _Number, nullable=False),
    Column("status", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("timestamp_text", Text),
    Column("info", Text),
    Column("vendor_id", Text),
    Column("vendor_error_code", Text),
    Index(None, "charge_point_id", "connector_id", "row_number"),
)

id_tags = Table(
    "id_tags",
    metadata,
    Column("id_tag", _CiString, primary_key=True),
    Column("status", String, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("parent_id_tag", _CiString),
    Column("note", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    _row_number(),
    Column("at", UtcDateTime, nullable=False),
    _charge_point_id(),
    Column("action", String, nullable=False),
    Column("id_tag", _CiString, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "charge_point_id", "row_number"),
)

transactions = Table(
    "transactions",
    metadata,
    Column("transaction_id", Integer, primary_key=True),
    _charge_point_id(),
    Column("connector_id", _Number),
    Column("id_tag", _CiString),
    Column("meter_start_wh", _Number),
    Column("started_text", Text),
    Column("started_at", UtcDateTime),
    Column("start_received_at", UtcDateTime, nullable=False),
    Column("start_unique_id", Text, nullable=False),
    Column("reservation_id", _Number),
    Column("id_tag_status", String, nullable=False),
    Column("id_tag_expires_at", UtcDateTime),
    Column("parent_id_tag", String),
    Column("stopped_text", Text),
    Column("stopped_at", UtcDateTime),
    Column("stop_received_at", UtcDateTime),
    Column("meter_stop_wh", _Number),
    Column("stop_reason", Text),
    Column("stop_id_tag", _CiString),
    Index(None, "charge_point_id", "started_text"),
    Index(None, "charge_point_id", "transaction_id"),
    Index(None, "id_tag", "stop_received_at"),
    sqlite_autoincrement=True,
)

stops = Table(
    "stops",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("told_transaction_id", _Number),
    Column("unique_id", Text, nullable=False),
    Column("stopped_text", Text),
    Column("stopped_at", UtcDateTime),
    Column("stop_received_at", UtcDateTime, nullable=False),
    Column("meter_stop_wh", _Number),
    Column("reason", Text),
    Column("id_tag", _CiString),
    Column("id_tag_status", String),
    Column("id_tag_expires_at", UtcDateTime),
    Column("parent_id_tag", String),
    Column("transaction_id", Integer, ForeignKey(transactions.c.transaction_id)),
    Column("repeated", Boolean, nullable=False),
    Index(None, "charge_point_id", "told_transaction_id"),
)

meter_values = Table(
    "meter_values",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("connector_id", _Number),
    Column("transaction_id", _Number),
    Column("received_at", UtcDateTime, nullable=False),
    Column("timestamp_text", Text),
    Column("measured_at", UtcDateTime),
    Column("source", String, nullable=False),
    Column("sampled", _Json),
    # Without `sampled`: the exchange whose request holds the values, and which of its points in time they are.
    Column("exchange", _Number),
    Column("position", Integer),
    # Transactions of one time have numbers close together, so that few pages change.
    Index(None, "transaction_id", "row_number"),
    Index(
        None,
        "exchange",
        sqlite_where=text("exchange IS NOT NULL"),
        postgresql_where=text("exchange IS NOT NULL"),
    ),
)

configuration = Table(
    "configuration",
    metadata,
    Column("charge_point_id", String(255), primary_key=True),
    Column("key", _CiString, primary_key=True),
    Column("value", Text),
    Column("readonly", Boolean),
    Column("known", Boolean, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

configuration_changes = Table(
    "configuration_changes",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("key", _CiString, nullable=False),
    Column("value", Text),
    Column("readonly", Boolean),
    Column("known", Boolean, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    Column("firmware_version", Text),
    Index(None, "charge_point_id", "key", "row_number"),
)

baselines = Table(
    "baselines",
    metadata,
    Column("name", _CiString, primary_key=True),
    Column("vendor", Text),
    Column("model", Text),
    Column("firmware_version", Text),
    Column("keys", _Json, nullable=False),
    Column("note", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", Text, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("subject", String, nullable=False),
    Column("status", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("request_id", _Number),
    Index(None, "charge_point_id", "row_number"),
)

security_events = Table(
    "security_events",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("type", Text, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("timestamp_text", Text),
    Column("happened_at", UtcDateTime),
    Column("tech_info", Text),
    Index(None, "charge_point_id", "row_number"),
)

flags = Table(
    "flags",
    metadata,
    _row_number(),
    _charge_point_id(),
    Column("connection", _Number, nullable=False),
    Column("unique_id", Text),
    Column("action", Text),
    Column("rule", String, nullable=False),
    Column("where", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "charge_point_id", "row_number"),
    Index(None, "connection", "unique_id"),
)

commands = Table(
    "commands",
    metadata,
    Column("command_id", String, primary_key=True),
    _charge_point_id(),
    Column("unique_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("payload_text", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("answer_text", Text),
    Column("detail", Text, nullable=False),
    Index(None, "charge_point_id", "queued_at"),
    Index(None, "state"),
)

file_jobs = Table(
    "file_jobs",
    metadata,
    Column("job_id", String, primary_key=True),
    _charge_point_id(),
    Column("kind", String, nullable=False),
    Column("scheme", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("request_id", _Number),
    Index(None, "charge_point_id", "opened_at"),
)

file_transfers = Table(
    "file_transfers",
    metadata,
    _row_number(),
    Column("job_id", String, nullable=False),
    _charge_point_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", _Number),
    Column("sha256", String),
    Column("complete", Boolean, nullable=False),
    Column("remote", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "charge_point_id", "row_number"),
)
