"""A shift handover on paper: what is open first, then what happened, the notes, and both signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from central.print.document import Paper, PaperColumn, PaperLine
from central.reports.bulletin import CLEARED, Bulletin
from central.reports.handover import Handover
from central.reports.paper import Letterhead, Parts, end, footer, letterhead
from central.reports.sentences import Speaker, digits, moment, number_text
from central.reports.texts import full
from central.store.report_records import ReportRecord
from contract.messages import Direction

_OPENINGS: Final = 60
"""So many openings are on paper; the pages have all."""


def shift_pdf(handover: Handover, record: ReportRecord, speaker: Speaker, head: Letterhead) -> bytes:
    """The paper, as it was signed.

    Raises:
        ConfigError: the fonts were not made.

    """
    words = speaker.words
    named = words("report.title_shift")
    paper = Paper(named, footer=footer(named, record))
    letterhead(paper, speaker, head)
    paper.text(named, size_pt=15, bold=True, align="C")
    span = words("shift.span", since=full(speaker, handover.since), until=full(speaker, handover.until))
    paper.text(span, size_pt=10.5, align="C")
    paper.text(words("shift.gates", gate=gates_text(speaker, handover)), size_pt=10.5, align="C")
    parts = Parts(paper)
    for name, lines in (
        ("open", open_lines(speaker, handover)),
        ("lanes", lane_lines(speaker, handover)),
        ("cameras", camera_lines(speaker, handover)),
        ("tickets", ticket_lines(speaker, handover)),
    ):
        parts.begin(words(f"shift.{name}"))
        _list(paper, lines)
    parts.begin(words("shift.happened"))
    _figures(paper, handover.bulletin, speaker)
    paper.gap(1)
    _list(paper, outcome_lines(speaker, handover))
    parts.begin(words("shift.openings"))
    _list(paper, opening_lines(speaker, handover)[:_OPENINGS])
    parts.begin(words("shift.notes"))
    paper.text(handover.notes or words("shift.no_notes"), size_pt=10.5)
    if record.remark:
        parts.begin(words("shift.remark"))
        paper.text(record.remark, size_pt=10.5)
    end(paper, [words("report.source"), words("report.sha256", sha256=record.sha256)], _signed(speaker, record))
    return paper.bytes()


def gates_text(speaker: Speaker, handover: Handover) -> str:
    """The gates of the shift."""
    return speaker.words("report.separator").join(speaker.site(gate) for gate in handover.bulletin.gates)


def open_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """The level, what waits for a decision, what people said."""
    words = speaker.words
    level = words("shift.no_level")
    if handover.level is not None and handover.level_since is not None:
        level = words("shift.level", level=handover.level, at=full(speaker, handover.level_since))
    waiting = words(f"shift.waiting_{'one' if handover.waiting == 1 else 'many'}", n=digits(words, handover.waiting))
    said = [
        words(
            "shift.word",
            what=words(f"shift.{one.kind.value}"),
            until=moment(speaker, one.until),
            note=one.note or "–",
            by=one.by,
        )
        for one in handover.words
    ]
    return [level, waiting, *said]


def lane_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """Lanes that do not work as usual."""
    words = speaker.words
    return [
        words(
            "shift.held" if one.held else "shift.manual",
            gate=speaker.site(one.gate),
            lane=speaker.lane(one.lane),
            reason=one.reason or "–",
            by=one.by or "–",
            at=full(speaker, one.since) if one.since is not None else "–",
        )
        for one in handover.lanes
    ] or [words("shift.no_lanes")]


def camera_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """Cameras that are not well."""
    words = speaker.words
    return [
        words(
            "shift.camera",
            place=f"{speaker.site(one.gate)} · {speaker.camera(one.camera)}",
            state=words(f"health.{one.reason.value}") if one.reason is not None else words(f"level.{one.level.value}"),
            at=full(speaker, one.since),
        )
        for one in handover.cameras
    ] or [words("shift.no_cameras")]


def ticket_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """Tickets that are open."""
    words = speaker.words
    return [
        words(
            "shift.ticket",
            number=one.ticket_id,
            place=" · ".join(filter(None, (speaker.site(one.gate), one.camera and speaker.camera(one.camera)))),
            cause=words.get(f"health.{one.cause}", words.get(f"node.{one.cause}", one.cause)),
            severity=words(f"severity.{one.severity.value}"),
            assignee=one.assignee or words("report_doubt.nobody"),
        )
        for one in handover.tickets
    ] or [words("shift.no_tickets")]


def outcome_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """What reconciliation said, and of how many."""
    words = speaker.words
    return [
        words(
            "shift.outcome",
            outcome=words(f"outcome.{kind.value}"),
            vehicles=number_text(words, "vehicles", number),
        )
        for kind, number in handover.outcomes.items()
    ]


def opening_lines(speaker: Speaker, handover: Handover) -> list[str]:
    """Barriers that people opened."""
    words = speaker.words
    return [
        words(
            "shift.opening",
            at=moment(speaker, one.at),
            gate=speaker.site(one.gate),
            lane=speaker.lane(one.lane),
            reason=one.reason or "–",
            by=one.by,
        )
        for one in handover.openings
    ] or [words("shift.no_openings")]


def shift_rows(speaker: Speaker, bulletin: Bulletin) -> list[list[str]]:
    """Gate, in, out, cleared, stock of each gate, as texts."""
    words = speaker.words
    rows = []
    for gate in bulletin.gates:
        ways = [bulletin.line(gate, direction) for direction in Direction]
        cleared = sum(line.figures[column].count for line in ways for column in CLEARED)
        stock = bulletin.stocks.get(gate)
        rows.append(
            [
                speaker.site(gate),
                *(digits(words, line.through.count) for line in ways),
                digits(words, cleared),
                digits(words, stock.calculated) if stock is not None else "–",
            ]
        )
    return rows


def _figures(paper: Paper, bulletin: Bulletin, speaker: Speaker) -> None:
    words = speaker.words
    columns = [PaperColumn(words("report.gate"), paper.width_mm - 4 * 30)]
    names = ("report.came", "report.left", "cell.cleared", "report.standing")
    columns += [PaperColumn(words(name), 30, "R") for name in names]
    paper.table(columns, shift_rows(speaker, bulletin))


def _list(paper: Paper, lines: Sequence[str]) -> None:
    for line in lines:
        paper.text(f"•  {line}", size_pt=10.5)


def _signed(speaker: Speaker, record: ReportRecord) -> list[list[PaperLine]]:
    words = speaker.words

    def signed(who: str, at: str) -> PaperLine:
        return PaperLine(words("shift.signed", who=who, at=at))

    taken = PaperLine(words("shift.unsigned"))
    if record.published_at is not None:
        taken = signed(record.published_by, full(speaker, record.published_at))
    return [
        [PaperLine(words("shift.outgoing"), bold=True), signed(record.made_by, full(speaker, record.made_at))],
        [PaperLine(words("shift.incoming"), bold=True), taken],
    ]
