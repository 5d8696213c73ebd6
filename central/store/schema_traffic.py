"""The tables of traffic: hours of lanes, what people say, the level of surge and its playbook. See `schema`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata


def _lane_hour() -> list[Column[Any]]:
    """An hour of a lane; `lane` is empty where a direction of a whole gate is meant."""
    lengths = {"site": 63, "lane": 63, "direction": 8}
    return [
        Column("hour_at", UtcDateTime, primary_key=True),
        *(Column(name, String(size), primary_key=True) for name, size in lengths.items()),
    ]


traffic_hours = Table(
    "traffic_hours",
    metadata,
    *_lane_hour(),
    Column("vehicles", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
)

traffic_flows = Table(
    "traffic_flows",
    metadata,
    *_lane_hour(),
    Column("counts", JSON, nullable=False),  # source to vehicles; a counter that is not there is missing
    Column("believed", Integer),  # null while undecided
    Column("doubts", JSON, nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
)

traffic_counters = Table(
    "traffic_counters",
    metadata,
    *_lane_hour(),
    Column("run_id", String(36), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("loop", BigInteger, nullable=False),  # since the run began, as all of its counts
    Column("barrier", BigInteger, nullable=False),
)

traffic_due = Table(
    "traffic_due",
    metadata,
    Column("hour_at", UtcDateTime, primary_key=True),
    Column("site", String(63), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),  # when the counters of the hour are held against each other (again)
    Index(None, "due_at"),
)

traffic_strays = Table(
    "traffic_strays",
    metadata,
    Column("passage_id", String(36), primary_key=True),  # its node's clock is not believed: it counts where it came in
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "first_seen_at"),
    Index(None, "seen_at"),
)

yard_counts = Table(
    "yard_counts",
    metadata,
    Column("count_id", BIG_ID, primary_key=True),
    Column("site", String(63), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("vehicles", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("said_by", String(64), nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", String(64), nullable=False),
    Index(None, "site", "at"),
)

statements = Table(
    "statements",
    metadata,
    Column("statement_id", BIG_ID, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
    Column("said_by", String(64), nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(64), nullable=False),
    Column("was_mistake", Boolean, nullable=False),
    Index(None, "until"),
)

surge_plans = Table(
    "surge_plans",
    metadata,
    Column("fingerprint", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("payload", Text, nullable=False),
    Column("kept_by", String(64), nullable=False),  # empty: it came with the configuration
    Column("kept_at", UtcDateTime, nullable=False),
)

surge_states = Table(
    "surge_states",
    metadata,
    Column("name", String(16), primary_key=True),  # one row: the level is the province's
    Column("level", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("held_by", JSON, nullable=False),
    Column("rising_to", Integer),
    Column("rising_since", UtcDateTime),
    Column("calm_since", UtcDateTime),
    Column("situation", JSON, nullable=False),
    Column("stocks", JSON, nullable=False),  # site to vehicles, null where nobody counted
    Column("plan_fingerprint", String(12), nullable=False),
)

surge_changes = Table(
    "surge_changes",
    metadata,
    Column("change_id", BIG_ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("before", Integer, nullable=False),
    Column("after", Integer, nullable=False),
    Column("called_by", JSON, nullable=False),
    Column("situation", JSON, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("plan_fingerprint", String(12), nullable=False),
    Index(None, "at"),
)

surge_ticks = Table(
    "surge_ticks",
    metadata,
    Column("tick_id", BIG_ID, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("level_since", UtcDateTime, nullable=False),
    Column("plan_fingerprint", String(12), nullable=False),
    Column("action", Integer, nullable=False),  # counts the actions of the level in that plan, from 0
    Column("done_at", UtcDateTime, nullable=False),
    Column("done_by", String(64), nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(64), nullable=False),
    Index(None, "level_since"),
)
