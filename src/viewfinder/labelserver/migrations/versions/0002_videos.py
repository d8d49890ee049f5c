"""Tasks whose media are a video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What there was so far are pictures, sent as archives."""
    op.add_column(
        "task_data",
        sa.Column("media_kind", sa.String(length=8), nullable=False, server_default="images"),
    )
    op.add_column(
        "task_data",
        sa.Column("use_zip_chunks", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("task_data") as batch:
        batch.drop_column("use_zip_chunks")
        batch.drop_column("media_kind")
