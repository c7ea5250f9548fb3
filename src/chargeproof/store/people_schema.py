"""The tables of people: who may use the console, and what they did."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from chargeproof.store.schema import metadata
from chargeproof.store.utc import UtcDateTime

_Json = JSON().with_variant(JSONB(), "postgresql")
_Number = BigInteger().with_variant(Integer(), "sqlite")

people = Table(
    "people",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("logged_in_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("remote", String, nullable=False),
    Column("user_agent", Text, nullable=False),
    Index(None, "name"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    Index(None, "token_hash", unique=True),
    Index(None, "owner"),
)

audit = Table(
    "audit",
    metadata,
    Column("row_number", _Number, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("via", String, nullable=False),
    Column("credential_id", String, nullable=False),
    Column("remote", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "who", "row_number"),
    Index(None, "action", "row_number"),
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("who", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("headers", _Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "at"),
)
