"""Evaluation sets with their versions, runs with their results, rounds of rating, and what people let trainers see."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "evaluation_sets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "evaluation_set_versions",
        sa.Column("set_id", sa.String(32), sa.ForeignKey("evaluation_sets.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(12), nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
        sa.Column("locked_at", sa.String(32)),
    )
    op.create_table(
        "evaluation_runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column(
            "set_id", sa.String(32), sa.ForeignKey("evaluation_sets.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("set_version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("item_ids", sa.JSON, nullable=False),
        sa.Column("receipt", sa.JSON),
        sa.Column("judge", sa.Text),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
    )
    op.create_table(
        "evaluation_results",
        sa.Column("run_id", sa.String(32), sa.ForeignKey("evaluation_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "rating_rounds",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
    )
    op.create_table(
        "ratings",
        sa.Column("round_id", sa.String(32), sa.ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("entry", sa.String(16), primary_key=True),
        sa.Column("rater", sa.String(80), primary_key=True),
        sa.Column(
            "person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("levels", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("rated_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "settlements",
        sa.Column("round_id", sa.String(32), sa.ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("entry", sa.String(16), primary_key=True),
        sa.Column("dimension", sa.String(64), primary_key=True),
        sa.Column("level", sa.Integer),
        sa.Column("settled_by", sa.String(80), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("settled_at", sa.String(32), nullable=False, primary_key=True),
    )
    with op.batch_alter_table("feedback") as batch:
        batch.add_column(sa.Column("for_review", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("reviewed_at", sa.String(32)))
