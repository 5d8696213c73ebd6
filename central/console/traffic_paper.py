"""The level of surge as a paper: figures, reasons, playbook, forecast, and which numbers are doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from central.console.say import Say
from central.console.traffic_view import (
    AHEAD_H,
    SurgeView,
    doubt_text,
    doubted,
    figures_of,
    flow_place,
    last_hours,
    said,
    standing,
)
from central.print.document import Paper, PaperColumn
from central.store import Store
from central.traffic.outlook import outlook_of

_MOST_DOUBTS: Final = 25


def surge_pdf(store: Store, view: SurgeView, say: Say, *, utc_offset_h: float, made_by: str) -> bytes:
    """The paper, in the language of `say`.

    Raises:
        ConfigError: the fonts were not made.

    """
    t, state = say.words, view.state
    as_of = say.full_time(state.at)
    footer = t("surge_paper.footer", version=view.plan.version, fingerprint=view.plan.fingerprint, at=as_of)
    paper = Paper(t("surge_paper.title"), footer=footer)
    paper.text(t("surge_paper.title"), size_pt=15, bold=True, align="C")
    level = f"{t('traffic.level', n=state.level)} · {said(view.level.name, say)}"
    paper.text(f"{level} ({t('traffic.since', at=say.full_time(state.since))})", size_pt=13, bold=True, align="C")
    paper.text(t("traffic.as_of", at=as_of), size_pt=10, align="C")
    paper.gap(3)
    for line in (*view.reasons, view.outlook):
        paper.text(f"– {line}", size_pt=10.5)
    paper.gap(3)
    _heading(paper, t("surge_paper.figures"))
    _figures(paper, view, say)
    _heading(paper, t("traffic.playbook"))
    _playbook(paper, view, say)
    _said(paper, store, say)
    _forecast(paper, store, say, view, utc_offset_h)
    _doubts(paper, store, say)
    paper.gap(4)
    paper.text(t("surge_paper.made", who=made_by, at=say.full_time(say.now)), size_pt=10)
    return paper.bytes()


def _heading(paper: Paper, text: str) -> None:
    paper.gap(3)
    paper.text(text, size_pt=11.5, bold=True)
    paper.gap(1)


def _table(paper: Paper, columns: Sequence[PaperColumn], rows: Sequence[Sequence[str]]) -> None:
    paper.table(columns, rows, size_pt=9.5)


def _figures(paper: Paper, view: SurgeView, say: Say) -> None:
    t, unknown = say.words, say.words("traffic.unknown")
    province = figures_of(view, say)
    span = t("traffic.last_hours", span=view.plan.arrivals_span_h)
    rows = [[t("traffic.stock"), province["stock"]]]
    for site, stock in sorted(view.state.stocks.items()):
        room = view.plan.capacities.get(site)
        of_room = t("traffic.of_capacity", share=say.percent(stock / room), n=room) if room and stock else ""
        rows.append(
            [f"   {say.site(site)}", " · ".join(filter(None, [unknown if stock is None else str(stock), of_room]))]
        )
    rows += [[t("traffic.days_to_clear"), province["days_to_clear"]], [span, province["last_hours"]]]
    columns = [PaperColumn(t("surge_paper.figure"), 90), PaperColumn(t("surge_paper.value"), 90)]
    _table(paper, columns, rows)


def _playbook(paper: Paper, view: SurgeView, say: Say) -> None:
    t = say.words
    columns = [
        PaperColumn(t("surge_paper.action"), 90),
        PaperColumn(t("surge_paper.who"), 50),
        PaperColumn(t("surge_paper.done"), 40),
    ]
    rows = []
    for line in view.lines:
        who = ", ".join(t(f"who.{one.value}") for one in line.action.who)
        done = t("traffic.done_by", who=line.tick.done_by, at=say.minute(line.tick.done_at)) if line.tick else "…………"
        rows.append([said(line.action.what, say), who, done])
    _table(paper, columns, rows)


def _said(paper: Paper, store: Store, say: Say) -> None:
    t = say.words
    _heading(paper, t("traffic.said_title"))
    found = standing(store.surge.statements(ending_after=say.now), say.now)
    for one in found:
        who = t("traffic.said_by", who=one.said_by, at=say.minute(one.said_at))
        told = [t(f"trigger.{one.kind.value}"), who, t("traffic.holds_until", at=say.minute(one.until)), one.note]
        paper.text(f"– {'; '.join(filter(None, told))}", size_pt=10)
    if not found:
        paper.text(t("traffic.said_none"), size_pt=10)


def _forecast(paper: Paper, store: Store, say: Say, view: SurgeView, utc_offset_h: float) -> None:
    t = say.words
    stock = sum(one or 0 for one in view.state.stocks.values())
    found = outlook_of(store, None, say.now, utc_offset_h, stock=stock, hours=AHEAD_H)
    if not found.expected:
        return
    _heading(paper, t("surge_paper.forecast", n=AHEAD_H))
    columns = [PaperColumn(t("traffic.hour"), 45), PaperColumn(t("traffic.arrivals"), 45, "R")]
    columns += [PaperColumn(t("traffic.cleared"), 45, "R"), PaperColumn(t("traffic.queue"), 45, "R")]
    rows = [
        [say.minute(one.hour_at), f"{one.arrivals:.0f}", f"{one.cleared:.0f}", f"{one.queue:.0f}"]
        for one in found.expected
    ]
    _table(paper, columns, rows)
    error = found.error
    told = t("traffic.error_unknown")
    if error is not None:
        told = t("traffic.error", n=f"{error.forecast:.1f}", yesterday=f"{error.yesterday:.1f}")
    paper.gap(1)
    paper.text(told, size_pt=9)


def _doubts(paper: Paper, store: Store, say: Say) -> None:
    t = say.words
    _heading(paper, t("surge_paper.doubts"))
    found = doubted(last_hours(store, say.now, None))
    for flow in found[:_MOST_DOUBTS]:
        paper.text(
            f"– {say.minute(flow.hour_at)} · {flow_place(flow, say)}: {'; '.join(doubt_text(flow, say))}", size_pt=9.5
        )
    if not found:
        paper.text(t("surge_paper.no_doubts"), size_pt=10)
