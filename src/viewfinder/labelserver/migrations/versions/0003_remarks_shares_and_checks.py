"""Remarks of reviewers, media of a share, and jobs that check the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _create_issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("created_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_date", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name=op.f("fk_issues_assignee_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_issues_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_issues_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_issues_job_id"), "issues", ["job_id"], unique=False)


def _create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_date", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_comments_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_comments_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_comments_issue_id"), "comments", ["issue_id"], unique=False)


def upgrade() -> None:
    """Every job there is so far is one of annotation, every file was uploaded."""
    _create_issues()
    _create_comments()
    job_type = sa.String(length=16)
    op.add_column("jobs", sa.Column("type", job_type, nullable=False, server_default="annotation"))
    op.add_column("jobs", sa.Column("frames", sa.JSON(), nullable=True))
    op.add_column("task_data", sa.Column("job_file_mapping", sa.JSON(), nullable=True))
    op.add_column("task_data", sa.Column("validation", sa.JSON(), nullable=True))
    op.add_column("task_data", sa.Column("copy_data", sa.Boolean(), nullable=False,
                                         server_default=sa.true()))  # fmt: skip
    op.add_column("upload_files", sa.Column("share_path", sa.String(length=4096), nullable=True))


def downgrade() -> None:
    """Forget them."""
    with op.batch_alter_table("upload_files") as batch:
        batch.drop_column("share_path")
    with op.batch_alter_table("task_data") as batch:
        for name in ("copy_data", "validation", "job_file_mapping"):
            batch.drop_column(name)
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("frames")
        batch.drop_column("type")
    op.drop_table("comments")
    op.drop_table("issues")
