"""Security profiles: what a station must use, the password that it is changing to, what a handshake proved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("charge_points") as table:
        table.add_column(sa.Column("security_profile", sa.Integer()))
        table.add_column(sa.Column("asked_security_profile", sa.Integer()))
        table.add_column(sa.Column("next_credential", sa.LargeBinary()))
    with op.batch_alter_table("handshakes") as table:
        table.add_column(sa.Column("security", JSON))
