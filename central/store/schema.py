"""The tables. Changed only together with a new file in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database; SQLite keeps it as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive time is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware time, got {value.isoformat()} without a zone; use datetime.now(UTC)")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""A counted id; SQLite counts only columns of type INTEGER."""

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})


def _told() -> tuple[Column[Any], Column[Any]]:
    """What is wrong, and what cannot be judged now; null until it is told."""
    return Column("findings", JSON), Column("unjudged", JSON)


def _node_key() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("site", String(63), primary_key=True),
        Column("node", String(63), primary_key=True),
    )


passages = Table(
    "passages",
    metadata,
    Column("passage_id", String(36), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("site", String(63), nullable=False),
    Column("node", String(63), nullable=False),
    Column("lane", String(63), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("cancelled", String(24)),  # why it counts in no direction
    Column("plate_search", String(16)),  # normalised, D for Đ: what people search in
    Column("second_plate_search", String(16)),
    Column("outbox_id", String(36), nullable=False),
    Column("outbox_since", UtcDateTime, nullable=False),  # when this outbox was first heard of, by our clock
    Column("seq", BIG_ID, nullable=False),  # the lowest number that it came with: its place in its lane
    # with what the newest are searched for, so that no row is read but those that are shown
    Index("ix_passages_newest", "first_seen_at", "passage_id", "plate_search", "second_plate_search"),
    Index(None, "site", "lane", "first_seen_at"),
    Index(None, "site", "lane", "outbox_since", "seq"),
    Index(None, "plate_search", "first_seen_at", "passage_id"),
    Index(
        None,
        "second_plate_search",
        "first_seen_at",
        "passage_id",
        sqlite_where=text("second_plate_search IS NOT NULL"),  # few have one
        postgresql_where=text("second_plate_search IS NOT NULL"),
    ),
)

passage_revisions = Table(
    "passage_revisions",
    metadata,
    Column("passage_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),  # the message as it came
)

evidence = Table(
    "evidence",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("passage_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("camera", String(63), nullable=False),
    Column("captured_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Index(None, "passage_id"),
    Index(None, "received_at"),
)

declarations = Table(
    "declarations",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("regime", String(16), nullable=False),
    Column("gate", String(63), nullable=False),
    Column("plate", String(32), nullable=False),  # as typed
    Column("plate_search", String(32), nullable=False),
    Column("trailer_plate", String(32)),
    Column("container_no", String(32)),
    Column("goods", Text, nullable=False),
    Column("goods_class", String(16), nullable=False),
    Column("expected_from", UtcDateTime, nullable=False),
    Column("expected_until", UtcDateTime, nullable=False),
    Column("declared_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("declarant", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("details", JSON),  # what nobody searches by
    Index(None, "expected_from", "declaration_id"),
    Index(None, "gate", "expected_until"),
    Index("ix_declarations_plate_search_expected_from", "plate_search", "expected_from", "declaration_id"),
    Index(None, "expected_until"),
)

declaration_versions = Table(
    "declaration_versions",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", BIG_ID, primary_key=True),
    Column("passage_id", String(36), unique=True),  # null: a declaration that nobody came for
    Column("declaration_id", String(64), unique=True),  # each declaration belongs to one passage at most
    Column("outcome", String(24), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("score", Float, nullable=False),
    Column("candidates", JSON),  # what else it may be; null where a person has nothing to choose
    Column("decided_at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "outcome", "decided_at"),
)

outcome_changes = Table(
    "outcome_changes",
    metadata,
    Column("change_id", BIG_ID, primary_key=True),
    Column("passage_id", String(36)),
    Column("declaration_id", String(64)),
    Column("outcome", String(24), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("score", Float, nullable=False),
    Column("candidates", JSON),  # what else it may be; null where a person has nothing to choose
    Column("decided_at", UtcDateTime, nullable=False),
    Index(None, "passage_id"),
    Index(None, "declaration_id"),
)

nodes = Table(
    "nodes",
    metadata,
    *_node_key(),
    Column("level", String(16), nullable=False),
    Column("reason", String(24)),
    Column("since", UtcDateTime, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("boot_id", String(36)),
    Column("outbox_id", String(36)),
    Column("started_at", UtcDateTime),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("software", Text, nullable=False),
    Column("models", JSON, nullable=False),
    Column("config_hash", Text, nullable=False),
    Column("lanes", JSON, nullable=False),
    Column("regions", JSON),  # camera to region; null until its node tells
    Column("metrics", JSON, nullable=False),
    Column("metrics_at", UtcDateTime),
    *_told(),
)

outboxes = Table(
    "outboxes",
    metadata,
    *_node_key(),
    Column("outbox_id", String(36), primary_key=True),
    Column("since", UtcDateTime, nullable=False),  # when a passage of it came first, by our clock
)

committed_ranges = Table(
    "committed_ranges",
    metadata,
    *_node_key(),
    Column("outbox_id", String(36), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    *_node_key(),
    Column("camera", String(63), primary_key=True),
    Column("lane", String(63), nullable=False),
    Column("level", String(16), nullable=False),
    Column("reason", String(24)),
    Column("since", UtcDateTime, nullable=False),
    Column("reported_level", String(16), nullable=False),
    Column("reported_reason", String(24)),
    Column("reported_since", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("frame_at", UtcDateTime),
    Column("measurements", JSON, nullable=False),
    Column("picture", LargeBinary),
    Column("snapshot", LargeBinary),  # the last large picture; the small ones come every few seconds
    Column("snapshot_at", UtcDateTime),
    Column("verdict", JSON),  # what central found beside the node's word
    *_told(),
)

commands = Table(
    "commands",
    metadata,
    Column("command_id", String(36), primary_key=True),
    Column("kind", String(24), nullable=False),
    *(Column(name, String(63), nullable=False) for name in ("site", "node", "lane")),
    Column("camera", String(63)),
    Column("passage_id", String(36)),
    Column("actor", String(64), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("done", Boolean),
    Column("detail", Text, nullable=False),
    Index(None, "expires_at"),
    Index(None, "issued_at"),
    Index(None, "passage_id"),
    Index(None, "site", "node", "camera", "issued_at"),
)

access_lists = Table(
    "access_lists",
    metadata,
    *_node_key(),
    Column("version", BigInteger, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("event_id", BIG_ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("site", String(63), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # ids of deleted rows never come again
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("value", Text, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("dead_letter_id", BIG_ID, primary_key=True),
    Column("source", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime),  # to some minutes; null: never
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(128), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("csrf_token", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "user_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("key_hash", String(128), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)
