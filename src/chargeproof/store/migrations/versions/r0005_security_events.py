"""Security events, and by which request of ours a log or firmware went its way."""

import sqlalchemy as sa
from alembic import op

from chargeproof.store.utc import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("progress") as table:
        table.add_column(sa.Column("request_id", NUMBER))
    with op.batch_alter_table("file_jobs") as table:
        table.add_column(sa.Column("request_id", NUMBER))
    op.create_table(
        "security_events",
        sa.Column("row_number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("timestamp_text", sa.Text()),
        sa.Column("happened_at", UtcDateTime()),
        sa.Column("tech_info", sa.Text()),
        sa.PrimaryKeyConstraint("row_number", name=op.f("pk_security_events")),
    )
    op.create_index(
        op.f("ix_security_events_charge_point_id_row_number"),
        "security_events",
        ["charge_point_id", "row_number"],
    )
