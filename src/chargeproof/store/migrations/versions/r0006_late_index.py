"""Exchanges get an index by station that is written late; meter values may stand in an exchange's request."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
IN_EXCHANGE = sa.text("exchange IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "exchanges_by_station",
        sa.Column("charge_point_id", sa.String(length=255), nullable=False),
        sa.Column("row_number", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("charge_point_id", "row_number", name=op.f("pk_exchanges_by_station")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "late_indexes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("up_to", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_late_indexes")),
    )
    # The store fills it when it opens.
    op.drop_index(op.f("ix_exchanges_charge_point_id_row_number"), "exchanges")
    _meter_values()


def _meter_values() -> None:
    op.drop_index(op.f("ix_meter_values_charge_point_id_transaction_id_row_number"), "meter_values")
    with op.batch_alter_table("meter_values") as table:
        table.alter_column("sampled", existing_type=JSON, nullable=True)
        table.add_column(sa.Column("exchange", NUMBER))
        table.add_column(sa.Column("position", sa.Integer()))
    op.create_index(
        op.f("ix_meter_values_transaction_id_row_number"), "meter_values", ["transaction_id", "row_number"]
    )
    op.create_index(
        op.f("ix_meter_values_exchange"),
        "meter_values",
        ["exchange"],
        sqlite_where=IN_EXCHANGE,
        postgresql_where=IN_EXCHANGE,
    )
