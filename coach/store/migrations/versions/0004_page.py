"""What the page keeps: feedback, documents that were asked for, hidden text of documents, and how conversations go on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("documents", sa.Column("hidden", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("conversations", sa.Column("length", sa.String(16), nullable=False, server_default="usual"))
    op.add_column("conversations", sa.Column("deleted_at", sa.String(32)))
    op.add_column("exchanges", sa.Column("replaced_by", sa.Integer))
    op.create_table(
        "feedback",
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("conversation_id", sa.String(32), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True),
        sa.Column("liked", sa.Boolean),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("given_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id", "ordinal"], ["exchanges.conversation_id", "exchanges.ordinal"], ondelete="CASCADE"
        ),
    )
    op.create_table(
        "document_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "person_id", sa.String(64), sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
    )
