"""The tables of the database of record, as SQLAlchemy describes them; migrations/ makes them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

# The revision that this code works with. A test holds it equal to the newest file in migrations/versions.
HEAD = "0007"

metadata = MetaData()

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("size", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("made_of", String(160), nullable=False),  # what the row was made from besides the bytes: see ingest
    Column("notes", JSON, nullable=False),
    Column("hidden", JSON, nullable=False, server_default="[]"),  # text that no reader of the document sees
    Column("added_at", String(32), nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("width", Float, nullable=False),
    Column("height", Float, nullable=False),
    Column("boxes", LargeBinary, nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("label", String(64), nullable=False, unique=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("section", JSON, nullable=False),
    Column("page", Integer),
    Column("page_label", Text),
    Column("sentences", JSON, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("heading", Text, nullable=False),
)

embedding_models = Table(
    "embedding_models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("dimensions", Integer, nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("model_id", ForeignKey("embedding_models.id", ondelete="CASCADE"), primary_key=True),
    Column("passage_number", ForeignKey("passages.number", ondelete="CASCADE"), primary_key=True, index=True),
    Column("vector", LargeBinary, nullable=False),  # little-endian float32
)

library = Table(
    "library",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

practices = Table(
    "practices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("path", Text, nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("added_at", String(32), nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("stance", String(16), nullable=False),
    Column("length", String(16), nullable=False, server_default="usual"),
    Column("started_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("deleted_at", String(32)),  # while the deletion can still be undone
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("question", Text, nullable=False),  # as it was masked: what was typed is kept nowhere
    Column("answer", JSON, nullable=False),  # the answer object
    Column("asked_at", String(32), nullable=False),
    Column("replaced_by", Integer),  # the ordinal of the exchange that took its place when a question was edited
)

feedback = Table(
    "feedback",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", String(32), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("liked", Boolean),
    Column("reasons", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("given_at", String(32), nullable=False),
    # Whether the person lets trainers see the question and the answer, and since when a trainer is done with them.
    Column("for_review", Boolean, nullable=False, server_default=false()),
    Column("reviewed_at", String(32)),
    ForeignKeyConstraint(
        ["conversation_id", "ordinal"], ["exchanges.conversation_id", "exchanges.ordinal"], ondelete="CASCADE"
    ),
)

document_requests = Table(
    "document_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("question", Text, nullable=False),  # as it was masked
    Column("asked_at", String(32), nullable=False),
)

commitments = Table(
    "commitments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("goal", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("with_whom", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("due", String(10), nullable=False),  # YYYY-MM-DD
    Column("state", String(16), nullable=False),
    Column("reflection", Text, nullable=False),
    Column("sources", JSON, nullable=False),  # the citations that it rested on
    Column("made_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("form", String(16), nullable=False),
    Column("principal_id", ForeignKey("people.id", ondelete="SET NULL")),  # whom a visit is for
    Column("version", Integer, nullable=False),  # the newest
    Column("made_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
)

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan_id", ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("note", String(16), nullable=False),  # how it came to be
    Column("editor", String(32), nullable=False),  # the window that wrote it: its next words need no new version
    Column("saved_at", String(32), nullable=False),
)

shares = Table(
    "shares",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),  # who shares
    Column("supervisor_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),  # with whom
    Column("kind", String(16), nullable=False),
    # What it was taken from: it is gone with it.
    Column("commitment_id", ForeignKey("commitments.id", ondelete="CASCADE")),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE")),
    Column("body", JSON, nullable=False),  # the words as they were shared
    Column("shared_at", String(32), nullable=False),
)

evaluation_sets = Table(
    "evaluation_sets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),  # the newest
    Column("made_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
)

evaluation_set_versions = Table(
    "evaluation_set_versions",
    metadata,
    Column("set_id", ForeignKey("evaluation_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(12), nullable=False),
    Column("items", JSON, nullable=False),
    Column("problems", JSON, nullable=False),  # of the rows that it was read from
    Column("saved_at", String(32), nullable=False),
    Column("locked_at", String(32)),
)

evaluation_gates = Table(
    "evaluation_gates",
    metadata,
    Column("set_id", ForeignKey("evaluation_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("body", JSON, nullable=False),  # what runs of the set are held to
    Column("changed_at", String(32), nullable=False),
)

evaluation_runs = Table(
    "evaluation_runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("set_id", ForeignKey("evaluation_sets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("set_version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("item_ids", JSON, nullable=False),  # in the order in which they are asked
    Column("receipt", JSON),
    Column("judge", Text),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
)

evaluation_results = Table(
    "evaluation_results",
    metadata,
    Column("run_id", ForeignKey("evaluation_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("body", JSON, nullable=False),
)

rating_rounds = Table(
    "rating_rounds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("closed_at", String(32)),
)

ratings = Table(
    "ratings",
    metadata,
    Column("round_id", ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("entry", String(16), primary_key=True),
    Column("rater", String(80), primary_key=True),  # a name or initials: without accounts, several rate as one person
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("levels", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("rated_at", String(32), nullable=False),
)

rating_looks = Table(
    "rating_looks",
    metadata,
    Column("round_id", ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("rater", String(80), primary_key=True),
    Column("looked_at", String(32), nullable=False),  # since when what others said is known to this rater
)

settlements = Table(
    "settlements",
    metadata,
    Column("round_id", ForeignKey("rating_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("entry", String(16), primary_key=True),
    Column("dimension", String(64), primary_key=True),
    Column("level", Integer),
    Column("settled_by", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("settled_at", String(32), nullable=False, primary_key=True),  # earlier ones stay: the record of it
)
