"""keys that are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("locked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept_keys")),
    )


def downgrade() -> None:
    op.drop_table("kept_keys")
