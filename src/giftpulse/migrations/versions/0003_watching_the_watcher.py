"""watching the watcher"""

import sqlalchemy as sa
from alembic import op

from giftpulse.ground.database import BigId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("round_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("runs", BigId, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("failed", BigId, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("seconds", sa.Float(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("durations", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("more", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("builtin", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.drop_column("builtin")
    with op.batch_alter_table("round_runs", schema=None) as batch_op:
        for column in ("more", "durations", "seconds", "failed", "runs"):
            batch_op.drop_column(column)
