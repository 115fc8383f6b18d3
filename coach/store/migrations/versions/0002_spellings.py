"""The words of the library as they are written."""

from alembic import op

from coach.word_tables import fill, list_statements

revision = "0002"
down_revision = "0001"

_INDEX = "passages_spellings"


def upgrade() -> None:
    for statement in list_statements(_INDEX):
        op.execute(statement)
    fill(op.get_bind(), _INDEX)
