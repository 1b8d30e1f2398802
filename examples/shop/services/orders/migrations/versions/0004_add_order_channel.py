"""remember the channel and the coupon of an order"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("orders", sa.Column("coupon", sa.String(32), nullable=True))
    op.add_column("orders", sa.Column("channel", sa.String(16), nullable=False))


def downgrade() -> None:
    op.drop_column("orders", "channel")
    op.drop_column("orders", "coupon")
