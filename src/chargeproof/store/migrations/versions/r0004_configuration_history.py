"""What configuration keys were before, what they are expected to be, and flags found by their message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chargeproof.store.utc import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
CI_STRING = sa.String().with_variant(sa.String(collation="NOCASE"), "sqlite")

FIRST_VALUES = """
    INSERT INTO configuration_changes
        (charge_point_id, key, value, readonly, known, read_at, firmware_version)
    SELECT charge_point_id, key, value, readonly, known, read_at, NULL FROM configuration
    ORDER BY charge_point_id, key
"""


def upgrade() -> None:
    op.create_table(
        "configuration_changes",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("key", CI_STRING, nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("readonly", sa.Boolean()),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.Column("firmware_version", sa.Text()),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_configuration_changes")),
    )
    op.create_index(
        op.f("ix_configuration_changes_charge_point_id_key_row_number"),
        "configuration_changes",
        ["charge_point_id", "key", "row_number"],
    )
    op.execute(FIRST_VALUES)
    op.create_table(
        "baselines",
        sa.Column("name", CI_STRING, nullable=False),
        sa.Column("vendor", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("firmware_version", sa.Text()),
        sa.Column("keys", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_baselines")),
    )
    op.create_index(op.f("ix_flags_connection_unique_id"), "flags", ["connection", "unique_id"])
