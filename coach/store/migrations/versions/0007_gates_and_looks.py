"""What runs of an evaluation set are held to, and which raters have seen what the others said."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "evaluation_gates",
        sa.Column("set_id", sa.String(32), sa.ForeignKey("evaluation_sets.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "rating_looks",
        sa.Column("round_id", sa.String(32), sa.ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rater", sa.String(80), primary_key=True),
        sa.Column("looked_at", sa.String(32), nullable=False),
    )
