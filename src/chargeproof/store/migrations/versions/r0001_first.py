"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chargeproof.store.utc import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
CI_STRING = sa.String().with_variant(sa.String(collation="NOCASE"), "sqlite")


def upgrade() -> None:
    _charge_points()
    _commands()
    _configuration()
    _connections()
    _decisions()
    _exchanges()
    _file_jobs()
    _file_transfers()
    _flags()
    _handshakes()
    _id_tags()
    _meter_values()
    _progress()
    _statuses()
    _transactions()
    _stops()


def _charge_points() -> None:
    op.create_table(
        "charge_points",
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("registration", sa.String()),
        sa.Column("admitted", sa.String()),
        sa.Column("accepted_at", UtcDateTime()),
        sa.Column("credential", sa.LargeBinary()),
        sa.Column("clock_offset_s", sa.Float()),
        sa.Column("booted_at", UtcDateTime()),
        sa.Column("vendor", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("serial_number", sa.Text()),
        sa.Column("charge_box_serial_number", sa.Text()),
        sa.Column("firmware_version", sa.Text()),
        sa.Column("iccid", sa.Text()),
        sa.Column("imsi", sa.Text()),
        sa.Column("meter_type", sa.Text()),
        sa.Column("meter_serial_number", sa.Text()),
        sa.PrimaryKeyConstraint("charge_point_id", name=op.f("pk_charge_points")),
    )


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("unique_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("payload_text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("answer_text", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_commands")),
    )
    op.create_index(
        op.f("ix_commands_charge_point_id_queued_at"), "commands", ["charge_point_id", "queued_at"]
    )
    op.create_index(op.f("ix_commands_state"), "commands", ["state"])


def _configuration() -> None:
    op.create_table(
        "configuration",
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("key", CI_STRING, nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("readonly", sa.Boolean()),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("charge_point_id", "key", name=op.f("pk_configuration")),
    )


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("connection", NUMBER, autoincrement=False, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("subprotocol", sa.String()),
        sa.Column("tls", sa.String()),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("close_code", sa.Integer()),
        sa.Column("close_reason", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.String()),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_connections")),
    )
    op.create_index(
        op.f("ix_connections_charge_point_id_connection"), "connections", ["charge_point_id", "connection"]
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("id_tag", CI_STRING, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_decisions")),
    )
    op.create_index(
        op.f("ix_decisions_charge_point_id_row_number"), "decisions", ["charge_point_id", "row_number"]
    )


def _exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("connection", NUMBER, nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("unique_id", sa.Text()),
        sa.Column("action", sa.Text()),
        sa.Column("request_text", sa.Text()),
        sa.Column("answer_text", sa.Text()),
        sa.Column("raw", sa.LargeBinary()),
        sa.Column("station_time_text", sa.Text()),
        sa.Column("clock_offset_s", sa.Float()),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_exchanges")),
    )
    op.create_index(
        op.f("ix_exchanges_charge_point_id_row_number"), "exchanges", ["charge_point_id", "row_number"]
    )


def _file_jobs() -> None:
    op.create_table(
        "file_jobs",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_file_jobs")),
    )
    op.create_index(
        op.f("ix_file_jobs_charge_point_id_opened_at"), "file_jobs", ["charge_point_id", "opened_at"]
    )


def _file_transfers() -> None:
    op.create_table(
        "file_transfers",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", NUMBER),
        sa.Column("sha256", sa.String()),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_file_transfers")),
    )
    op.create_index(
        op.f("ix_file_transfers_charge_point_id_row_number"),
        "file_transfers",
        ["charge_point_id", "row_number"],
    )


def _flags() -> None:
    op.create_table(
        "flags",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("connection", NUMBER, nullable=False),
        sa.Column("unique_id", sa.Text()),
        sa.Column("action", sa.Text()),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_flags")),
    )
    op.create_index(op.f("ix_flags_charge_point_id_row_number"), "flags", ["charge_point_id", "row_number"])


def _handshakes() -> None:
    op.create_table(
        "handshakes",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("offered", JSON, nullable=False),
        sa.Column("chosen", sa.String()),
        sa.Column("authentication", sa.String(), nullable=False),
        sa.Column("tls", sa.String()),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_handshakes")),
    )
    op.create_index(
        op.f("ix_handshakes_charge_point_id_row_number"), "handshakes", ["charge_point_id", "row_number"]
    )


def _id_tags() -> None:
    op.create_table(
        "id_tags",
        sa.Column("id_tag", CI_STRING, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("parent_id_tag", CI_STRING),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id_tag", name=op.f("pk_id_tags")),
    )


def _meter_values() -> None:
    op.create_table(
        "meter_values",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("connector_id", NUMBER),
        sa.Column("transaction_id", NUMBER),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("timestamp_text", sa.Text()),
        sa.Column("measured_at", UtcDateTime()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sampled", JSON, nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_meter_values")),
    )
    op.create_index(
        op.f("ix_meter_values_charge_point_id_transaction_id_row_number"),
        "meter_values",
        ["charge_point_id", "transaction_id", "row_number"],
    )


def _progress() -> None:
    op.create_table(
        "progress",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_progress")),
    )
    op.create_index(
        op.f("ix_progress_charge_point_id_row_number"), "progress", ["charge_point_id", "row_number"]
    )


def _statuses() -> None:
    op.create_table(
        "statuses",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("connector_id", NUMBER, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("timestamp_text", sa.Text()),
        sa.Column("info", sa.Text()),
        sa.Column("vendor_id", sa.Text()),
        sa.Column("vendor_error_code", sa.Text()),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_statuses")),
    )
    op.create_index(
        op.f("ix_statuses_charge_point_id_connector_id_row_number"),
        "statuses",
        ["charge_point_id", "connector_id", "row_number"],
    )


def _transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("transaction_id", sa.Integer(), nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("connector_id", NUMBER),
        sa.Column("id_tag", CI_STRING),
        sa.Column("meter_start_wh", NUMBER),
        sa.Column("started_text", sa.Text()),
        sa.Column("started_at", UtcDateTime()),
        sa.Column("start_received_at", UtcDateTime(), nullable=False),
        sa.Column("start_unique_id", sa.Text(), nullable=False),
        sa.Column("reservation_id", NUMBER),
        sa.Column("id_tag_status", sa.String(), nullable=False),
        sa.Column("id_tag_expires_at", UtcDateTime()),
        sa.Column("parent_id_tag", sa.String()),
        sa.Column("stopped_text", sa.Text()),
        sa.Column("stopped_at", UtcDateTime()),
        sa.Column("stop_received_at", UtcDateTime()),
        sa.Column("meter_stop_wh", NUMBER),
        sa.Column("stop_reason", sa.Text()),
        sa.Column("stop_id_tag", CI_STRING),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_transactions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_transactions_charge_point_id_started_text"),
        "transactions",
        ["charge_point_id", "started_text"],
    )
    op.create_index(
        op.f("ix_transactions_charge_point_id_transaction_id"),
        "transactions",
        ["charge_point_id", "transaction_id"],
    )
    op.create_index(
        op.f("ix_transactions_id_tag_stop_received_at"), "transactions", ["id_tag", "stop_received_at"]
    )


def _stops() -> None:
    op.create_table(
        "stops",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("told_transaction_id", NUMBER),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("stopped_text", sa.Text()),
        sa.Column("stopped_at", UtcDateTime()),
        sa.Column("stop_received_at", UtcDateTime(), nullable=False),
        sa.Column("meter_stop_wh", NUMBER),
        sa.Column("reason", sa.Text()),
        sa.Column("id_tag", CI_STRING),
        sa.Column("id_tag_status", sa.String()),
        sa.Column("id_tag_expires_at", UtcDateTime()),
        sa.Column("parent_id_tag", sa.String()),
        sa.Column("transaction_id", sa.Integer()),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.transaction_id"], name=op.f("fk_stops_transaction_id")
        ),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_stops")),
    )
    op.create_index(
        op.f("ix_stops_charge_point_id_told_transaction_id"),
        "stops",
        ["charge_point_id", "told_transaction_id"],
    )
