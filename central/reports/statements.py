"""What a report says: sentences to be, with the numbers that each must hold and what those numbers are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    """A sentence of the catalogue (`said.<code>`). Behind each: its numbers; then its names."""

    # what was found
    MORE = "more"
    """now, mean, difference (vehicles), spans (earlier ones); measure: more than usual"""
    LESS = "less"
    """The same, less."""
    MORE_AT = "more_at"
    """The same of what was cleared on one way of one gate; gate, direction"""
    LESS_AT = "less_at"
    STOCK_ROSE = "stock_rose"
    """stock, before, difference (vehicles)"""
    STOCK_FELL = "stock_fell"
    RESIDUAL = "residual"
    """counted, calculated, difference (vehicles); gate: people counted something else than the books say"""
    LEVEL = "level"
    """level, version (of the plan); since_at, name: the level of surge"""
    BUSY_LANES = "busy_lanes"
    """vehicles and lanes of the busiest hour, each (vehicles a lane), limit (vehicles); gate, direction, from_time,
    until_time"""
    CAMERA_DOWN = "camera_down"
    """minutes; gate, camera, detail, from_at, until_at"""
    NO_VEHICLE = "no_vehicle"
    """passages: people saw no vehicle in so many"""
    CAMERA_MISSED = "camera_missed"
    CAMERA_MISSED_BY_LOOP = "camera_missed_by_loop"
    """vehicles; gate, lane, from_at, until_at"""
    GOODS_UNKNOWN = "goods_unknown"
    """vehicles, through (vehicles), percent"""
    FEES = "fees"
    """declarations: fee classes that do not go with what was seen or declared"""
    QUIET = "quiet"
    """now, mean (vehicles), spans: as usual, and nothing else to tell"""
    QUIET_ALONE = "quiet_alone"
    """now (vehicles): nothing to tell, and nothing to hold it against"""
    QUIET_SO_FAR = "quiet_so_far"
    """now (vehicles): nothing to tell of a span that is not over"""
    # why it seems so
    AT_GATE = "at_gate"
    """now, mean (vehicles); gate, direction"""
    OF_GOODS = "of_goods"
    """now, mean (vehicles); column"""
    IN_HOURS = "in_hours"
    """now, mean (vehicles); from_time, until_time"""
    STOCK_AT_GATE = "stock_at_gate"
    """stock, before (vehicles); gate"""
    EXPLAINED_BY = "explained_by"
    """vehicles; reason, lane, from_at: a counter of that hour explains so many"""
    UNEXPLAINED = "unexplained"
    """vehicles: what nothing explains"""
    PLATES_UNREAD = "plates_unread"
    """vehicles: without a plate that was read"""
    NOT_LINKED = "not_linked"
    """vehicles: with a plate and no declaration"""
    # what to do
    PLAYBOOK = "playbook"
    """(none); who, text: a line of the playbook"""
    OPEN_LANE = "open_lane"
    """lanes (open in those hours); gate, direction, from_time, until_time"""
    REPAIR_CAMERA = "repair_camera"
    """ticket; camera, gate, assignee: go on with the ticket that there is"""
    REPORT_CAMERA = "report_camera"
    """(none); camera, gate: there is no ticket yet"""
    LOOK_AT_LANE = "look_at_lane"
    """(none); gate, lane: find out which counter of the lane is wrong"""
    COUNT_AGAIN = "count_again"
    """vehicles; gate: that nothing explains"""
    DECIDE = "decide"
    """vehicles: decide whose declaration they are"""
    CHECK_FEES = "check_fees"
    """declarations"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence to be.

    Attributes:
        numbers: each stands in the sentence, in every language.
        names: what the sentence names: gates, lanes, times (`_at`: ISO 8601 with zone; `_time`: HH:MM of the place).
        text: language to words that are no catalogue's: an action of the province's plan.

    """

    code: Code
    numbers: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found: what, why it seems so, what to do; and what can be looked at.

    Attributes:
        links: addresses of pages of central that show what it is drawn from; one that begins with `?` names a cell of
            the report's own table.

    """

    what: Statement
    why: tuple[Statement, ...] = ()
    proposals: tuple[Statement, ...] = ()
    passage_ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
