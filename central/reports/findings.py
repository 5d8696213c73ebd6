"""What a report finds and proposes: rules over the numbers of a bulletin. Pure.

Nothing is said without the numbers behind it; what is proposed follows from what was found. A span of which nothing is
to be said gets one finding that says so. The rules are explained in docs/reports.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from central.reports.bulletin import CLEARED, Bulletin, Column, Period
from central.reports.changes import changes, usual
from central.reports.doubts import Doubt, OwnReason
from central.reports.fees import FeeFinding
from central.reports.settings import ReportSettings
from central.reports.statements import Code, Finding, Statement
from central.reports.tallies import HourCount, Tally
from central.store.ticket_records import Ticket
from central.traffic.flow import DoubtReason
from central.traffic.observations import Source
from central.traffic.stock import Stock
from central.traffic.surge_plan import Said, SurgePlan

_MINUTE_S = 60
_STOCK_VEHICLES, _STOCK_SHARE = 20, 0.1
"""A stock that changed by less than either is as it was."""
_UNKNOWN_VEHICLES = 10
_CAUSES = 3
"""So many hours are named that explain a difference; the others stand among the doubtful numbers."""


@dataclass(frozen=True, slots=True)
class Surge:
    """The level of surge at the end of a span, and the plan that it goes by."""

    level: int
    since: datetime
    plan: SurgePlan


@dataclass(frozen=True, slots=True)
class Known:
    """All that findings are drawn from.

    Attributes:
        before: earlier spans of the same kind; none while the span is not over.
        is_whole: whether it is over.
        surge: None where no level is known.
        tickets: those that are not settled.

    """

    numbers: Bulletin | Period
    tally: Tally
    before: tuple[Tally, ...] = ()
    surge: Surge | None = None
    tickets: tuple[Ticket, ...] = ()
    fees: tuple[FeeFinding, ...] = ()
    is_whole: bool = True


def findings_of(known: Known, settings: ReportSettings) -> tuple[Finding, ...]:
    """All findings of a span, in the order in which they are told; never none."""
    found = (
        *_level(known.surge),
        *changes(known.tally, known.before, settings),
        *_stock(known.numbers),
        *_busy_lanes(known.tally, settings),
        *_residuals(known.numbers),
        *_cameras_down(known, settings),
        *_cameras_missed(known),
        *_no_vehicle(known.numbers),
        *_goods_unknown(known.numbers, settings),
        *_fees(known.fees),
    )
    return found or (_quiet(known),)


def _quiet(known: Known) -> Finding:
    mean = usual(known.tally, known.before)
    now = known.tally.total(CLEARED)
    if mean is None:
        return Finding(Statement(Code.QUIET_ALONE if known.is_whole else Code.QUIET_SO_FAR, {"now_vehicles": now}))
    numbers = {"now_vehicles": now, "mean_vehicles": round(mean), "spans": len(known.before)}
    return Finding(Statement(Code.QUIET, numbers))


def _level(surge: Surge | None) -> Iterator[Finding]:
    if surge is not None and surge.level > 0:
        level = surge.plan.levels[surge.level]
        numbers = {"level": surge.level, "version": surge.plan.version}
        proposals = tuple(
            Statement(Code.PLAYBOOK, names={"who": ",".join(action.who)}, text=_by_language(action.what))
            for action in level.actions
        )
        yield Finding(
            Statement(Code.LEVEL, numbers, {"since_at": surge.since.isoformat()}, _by_language(level.name)),
            proposals=proposals,
        )


def _by_language(said: Said) -> Mapping[str, str]:
    return {"vi": said.vi, "en": said.en, "zh": said.zh}


def _stocks(numbers: Bulletin | Period) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Gate to what stood there at the begin and in the end."""
    first, last = (numbers.days[0], numbers.days[-1]) if isinstance(numbers, Period) else (numbers, numbers)
    before = {gate: stock.before.vehicles for gate, stock in first.stocks.items()}
    return before, {gate: stock.calculated for gate, stock in last.stocks.items()}


def _stock(numbers: Bulletin | Period) -> Iterator[Finding]:
    before, after = _stocks(numbers)
    gates = [gate for gate in after if gate in before]
    began, ended = sum(before[gate] for gate in gates), sum(after[gate] for gate in gates)
    gap = ended - began
    if abs(gap) < max(_STOCK_VEHICLES, _STOCK_SHARE * began):
        return
    carrier = max(gates, key=lambda gate: (after[gate] - before[gate]) / gap)
    told = {"stock_vehicles": after[carrier], "before_vehicles": before[carrier]}
    yield Finding(
        Statement(
            Code.STOCK_ROSE if gap > 0 else Code.STOCK_FELL,
            {"stock_vehicles": ended, "before_vehicles": began, "difference_vehicles": abs(gap)},
        ),
        (Statement(Code.STOCK_AT_GATE, told, {"gate": carrier}),) if len(gates) > 1 else (),
    )


def _busy_lanes(tally: Tally, settings: ReportSettings) -> Iterator[Finding]:
    full: dict[tuple[str, str], list[HourCount]] = defaultdict(list)
    for one in tally.hours:
        if one.through / tally.days > settings.lane_vehicles_per_h * one.lanes:
            full[one.gate, one.direction.value].append(one)
    for (gate, direction), hours in full.items():
        for run in _runs(sorted(hours, key=lambda one: one.hour)):
            busiest = max(run, key=lambda one: one.through / one.lanes)
            span = {"from_time": f"{run[0].hour:02}:00", "until_time": f"{run[-1].hour + 1:02}:00"}
            names = {"gate": gate, "direction": direction, **span}
            vehicles = round(busiest.through / tally.days)
            numbers = {
                "busiest_vehicles": vehicles,
                "lanes": busiest.lanes,
                "each_vehicles": round(vehicles / busiest.lanes),
                "limit_vehicles": settings.lane_vehicles_per_h,
            }
            proposal = Statement(Code.OPEN_LANE, {"lanes": busiest.lanes}, names)
            yield Finding(Statement(Code.BUSY_LANES, numbers, names), proposals=(proposal,))


def _runs(hours: Iterable[HourCount]) -> list[list[HourCount]]:
    """Hours that follow each other."""
    runs: list[list[HourCount]] = []
    for one in hours:
        if runs and runs[-1][-1].hour + 1 == one.hour:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _residuals(numbers: Bulletin | Period) -> Iterator[Finding]:
    stocks = numbers.days[-1].stocks if isinstance(numbers, Period) else numbers.stocks
    for gate, stock in stocks.items():
        if stock.counted is not None and stock.residual:
            told = {
                "counted_vehicles": stock.counted.vehicles,
                "calculated_vehicles": stock.calculated,
                "difference_vehicles": abs(stock.residual),
            }
            why = tuple(_causes(stock))
            yield Finding(Statement(Code.RESIDUAL, told, {"gate": gate}), why, tuple(_after_residual(gate, stock)))


def _causes(stock: Stock) -> Iterator[Statement]:
    for cause in sorted(stock.causes, key=lambda one: -abs(one.vehicles))[:_CAUSES]:
        post = cause.flow.post
        names = {"gate": post.site, "lane": post.lane, "reason": cause.reason.value}
        names |= {"from_at": cause.flow.hour_at.isoformat()}
        yield Statement(Code.EXPLAINED_BY, {"vehicles": abs(cause.vehicles)}, names)
    if stock.unexplained:
        yield Statement(Code.UNEXPLAINED, {"vehicles": abs(stock.unexplained)})


def _after_residual(gate: str, stock: Stock) -> Iterator[Statement]:
    lanes = dict.fromkeys(cause.flow.post.lane for cause in stock.causes[:_CAUSES])
    yield from (Statement(Code.LOOK_AT_LANE, names={"gate": gate, "lane": lane}) for lane in lanes)
    if stock.unexplained:
        yield Statement(Code.COUNT_AGAIN, {"vehicles": abs(stock.unexplained)}, {"gate": gate})


def _cameras_down(known: Known, settings: ReportSettings) -> Iterator[Finding]:
    by_camera: dict[tuple[str, str], list[Doubt]] = defaultdict(list)
    for doubt in known.numbers.doubts:
        if doubt.reason is OwnReason.CAMERA_DOWN:
            by_camera[doubt.gate, doubt.camera].append(doubt)
    for (gate, camera), doubts in by_camera.items():
        minutes = sum((one.until - one.since).total_seconds() for one in doubts) // _MINUTE_S
        if minutes >= settings.camera_down_min:
            worst = max(doubts, key=lambda one: one.until - one.since)
            names = {"gate": gate, "camera": camera, "detail": worst.detail, **_span(doubts)}
            tickets = [one for one in known.tickets if (one.device.site, one.device.camera) == (gate, camera)]
            yield Finding(
                Statement(Code.CAMERA_DOWN, {"minutes": minutes}, names),
                proposals=(_repair(tickets, {"gate": gate, "camera": camera}),),
                links=tuple(f"/tickets/{one.ticket_id}" for one in tickets[:1]),
            )


def _repair(tickets: list[Ticket], names: dict[str, str]) -> Statement:
    if not tickets:
        return Statement(Code.REPORT_CAMERA, names=names)
    first = tickets[0]
    return Statement(Code.REPAIR_CAMERA, {"ticket": first.ticket_id}, names | {"assignee": first.assignee})


def _cameras_missed(known: Known) -> Iterator[Finding]:
    by_lane: dict[tuple[str, str], list[Doubt]] = defaultdict(list)
    for doubt in known.numbers.doubts:
        is_missed = doubt.reason is DoubtReason.CAMERA_MISSED_VEHICLES and doubt.source is Source.TRACKER
        if is_missed and doubt.vehicles:
            by_lane[doubt.gate, doubt.lane].append(doubt)
    for (gate, lane), doubts in by_lane.items():
        names = {"gate": gate, "lane": lane, **_span(doubts)}
        look = Statement(Code.LOOK_AT_LANE, names={"gate": gate, "lane": lane})
        yield Finding(_missed(doubts, names), proposals=(look,))


def _no_vehicle(numbers: Bulletin | Period) -> Iterator[Finding]:
    """What people took out of the numbers, so that it can be looked at again."""
    if numbers.without_vehicle:
        told = {"passages": len(numbers.without_vehicle)}
        yield Finding(Statement(Code.NO_VEHICLE, told), passage_ids=numbers.without_vehicle)


def _missed(doubts: Sequence[Doubt], names: Mapping[str, str]) -> Statement:
    seen = [one.counted for one in doubts if one.counted is not None]
    loop = [one.loop for one in doubts if one.loop is not None]
    if len(seen) == len(loop) == len(doubts):
        return Statement(Code.CAMERA_MISSED_BY_LOOP, {"seen": sum(seen), "loop_vehicles": sum(loop)}, names)
    return Statement(Code.CAMERA_MISSED, {"vehicles": sum(one.vehicles or 0 for one in doubts)}, names)


def _span(doubts: Iterable[Doubt]) -> dict[str, str]:
    since, until = min(one.since for one in doubts), max(one.until for one in doubts)
    return {"from_at": since.isoformat(), "until_at": until.isoformat()}


def _goods_unknown(numbers: Bulletin | Period, settings: ReportSettings) -> Iterator[Finding]:
    unknown = numbers.total(Column.UNKNOWN)
    through = sum(line.through.count for line in numbers.lines)
    if unknown.count < max(_UNKNOWN_VEHICLES, settings.unknown_share * through):
        return
    kinds = {OwnReason.PLATE_UNREAD: Code.PLATES_UNREAD, OwnReason.NOT_LINKED: Code.NOT_LINKED}
    counted = {reason: sum(one.vehicles or 0 for one in numbers.doubts if one.reason is reason) for reason in kinds}
    told = {
        "unknown_vehicles": unknown.count,
        "through_vehicles": through,
        "percent": round(100 * unknown.count / through),
    }
    yield Finding(
        Statement(Code.GOODS_UNKNOWN, told),
        tuple(Statement(code, {"vehicles": counted[reason]}) for reason, code in kinds.items() if counted[reason]),
        (Statement(Code.DECIDE, {"unknown_vehicles": unknown.count}),),
        unknown.passage_ids,
    )


def _fees(fees: tuple[FeeFinding, ...]) -> Iterator[Finding]:
    if fees:
        declarations = tuple(dict.fromkeys(one.declaration_id for one in fees))
        told = {"declarations": len(declarations)}
        yield Finding(
            Statement(Code.FEES, told),
            proposals=(Statement(Code.CHECK_FEES, told),),
            passage_ids=tuple(dict.fromkeys(str(one.passage_id) for one in fees)),
        )
