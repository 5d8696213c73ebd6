"""An evidence sheet: what stands on it, and how it is set on A4."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from central.console.say import Say
from central.print.document import Paper, PaperColumn
from central.sheets import SheetFacts
from contract.messages import EvidenceKind, PlateRead
from contract.plate import format_plate

_NAMES_MM: Final = 46.0
_QR_MM: Final = 30.0
_WIDTHS_MM: Final = {EvidenceKind.FRAME: 150.0, EvidenceKind.OVERVIEW: 110.0, EvidenceKind.CROP: 70.0}
_LEAST_ROOM_MM: Final = 90.0
_BEST: Final = 3
"""Candidates of each place of a plate that are told."""


def sheet_pdf(facts: SheetFacts, sha256: str, address: str, say: Say, pictures: Mapping[str, bytes]) -> bytes:
    """The paper. `address`: what its square code leads to; `pictures`: those that are here, by their hash.

    Raises:
        ConfigError: the fonts were not made.

    """
    words, passage = say.words, facts.passage
    paper = Paper(words("sheet.title"), footer=f"{words('sheet.title')} · {code_of(sha256)}")
    top_mm = paper.top_mm
    paper.qr_at(paper.left_mm + paper.width_mm - _QR_MM, top_mm, _QR_MM, address)
    paper.text(words("sheet.title").upper(), size_pt=15, bold=True)
    paper.text(f"{say.site(passage.site)} · {say.lane(passage.lane)} · {words(f'direction.{passage.direction.value}')}")
    paper.text(say.both_times(passage.seen_at))
    paper.text(words("sheet.printed", who=facts.printed_by, at=say.full_time(facts.printed_at)), size_pt=9)
    paper.gap(max(4.0, top_mm + _QR_MM - paper.top_mm + 2))
    first, *others = sections_of(facts, say)
    _section(paper, *first)
    for name, read in lattices_of(facts):
        _lattice(paper, f"{words('plate.lattice')}: {words(name)}", read, say)
    for title, rows in others:
        _section(paper, title, rows)
    _pictures(paper, facts, say, pictures)
    paper.gap(4)
    paper.text(words("sheet.hash"), bold=True, size_pt=10)
    paper.text(" ".join(textwrap.wrap(sha256, 8)), size_pt=10)
    paper.text(words("sheet.how_to_check"), size_pt=9)
    return paper.bytes()


def code_of(sha256: str) -> str:
    """The begin of a hash, as people type it."""
    return "-".join(textwrap.wrap(sha256[:16], 4))


def sections_of(facts: SheetFacts, say: Say) -> list[tuple[str, list[tuple[str, str]]]]:
    """The parts of a sheet: title, and names with values; those with nothing in them are left out."""
    words = say.words
    sections = [
        (words("sheet.passage"), _passage(facts, say)),
        (words("barrier.title"), [(say.full_time(one.at), say.barrier(one)) for one in facts.passage.barrier]),
        (words("passage.declaration"), _declared(facts, say)),
        (words("sheet.said"), _said(facts, say)),
        (words("sheet.people"), _people(facts, say)),
    ]
    return [(title, rows) for title, rows in sections if rows]


def lattices_of(facts: SheetFacts) -> list[tuple[str, PlateRead]]:
    """Plates with what was held for possible at each place: key of the catalogue, and the read."""
    both = (("plate.front", facts.passage.plate), ("plate.second", facts.passage.second_plate))
    return [(name, read) for name, read in both if read is not None and read.lattice]


def _passage(facts: SheetFacts, say: Say) -> list[tuple[str, str]]:
    """Name and value of what the gate tells."""
    words, passage = say.words, facts.passage
    rows = [(words("sheet.read"), _read_text(passage.plate, say) if passage.plate else words("plate.none"))]
    if passage.abstained:
        rows.append((words("sheet.why_none"), words(f"abstained.{passage.abstained.value}")))
    if passage.second_plate:
        rows.append((words("plate.second"), _read_text(passage.second_plate, say)))
    if passage.container:
        rows.append((words("passage.container"), passage.container))
    decided = words("passage.no_decision")
    if passage.decision:
        verdict, reason = passage.decision.verdict.value, passage.decision.reason.value
        decided = f"{words(f'verdict.{verdict}')}: {words(f'decision.{reason}')} ({say.full_time(passage.decision.at)})"
    rows += [
        (words("passage.vehicle"), words(f"vehicle.{passage.vehicle_class.value}")),
        (words("passage.first_seen"), say.full_time(passage.first_seen_at)),
        (words("passage.last_seen"), say.full_time(passage.last_seen_at)),
        (
            words("passage.received"),
            f"{say.full_time(passage.received_at)}, {words(f'clock.{passage.time_quality.value}')}",
        ),
        (words("passage.gate"), decided),
        (words("passage.frames"), f"{passage.frames} / {passage.reads}"),
        (words("passage.node"), passage.node),
        (words("passage.models"), ", ".join(f"{name} {version[:16]}" for name, version in passage.models.items())),
        (words("passage.config"), passage.config_hash[:16]),
        (words("passage.id"), f"{passage.passage_id} ({words('passage.revision')} {passage.revision})"),
    ]
    return [(name, value) for name, value in rows if value]


def _declared(facts: SheetFacts, say: Say) -> list[tuple[str, str]]:
    """Name and value of what was declared."""
    words, told = say.words, facts.declaration
    if told is None:
        return [(words("passage.declaration"), words("passage.no_declaration"))]
    rows = [
        (words("passage.declaration"), f"{told.declaration_id} ({words('declaration.version')} {told.version})"),
        (words("declaration.plate"), format_plate(told.plate)),
        (words("declaration.trailer"), format_plate(told.trailer_plate) if told.trailer_plate else ""),
        (words("declaration.container"), told.container_no or ""),
        (words("declaration.goods"), told.goods),
        (words("declaration.declarant"), told.declarant),
        (words("declaration.window"), f"{say.full_time(told.expected_from)} – {say.full_time(told.expected_until)}"),
        (words("declaration.declared"), say.full_time(told.declared_at)),
        *(
            (words(f"force.{one.force.value}"), words(f"force_verdict.{one.verdict.value}"))
            for one in told.confirmations
        ),
    ]
    return [(name, value) for name, value in rows if value]


def _said(facts: SheetFacts, say: Say) -> list[tuple[str, str]]:
    """When, and what reconciliation said."""
    return [
        (
            say.full_time(one.decided_at),
            " ".join([f"{say.words(f'outcome.{one.outcome.value}')}.", *map(say.reason, one.reasons)]),
        )
        for one in facts.said
    ]


def _people(facts: SheetFacts, say: Say) -> list[tuple[str, str]]:
    """When, and what people decided and opened."""
    words = say.words
    decided = [
        (
            one.at,
            f"{one.by}: {words(f'sheet.decision_{one.kind.value}')} {one.plate or one.declaration_id or ''}".rstrip()
            + _because(one.why),
        )
        for one in facts.decisions
    ]
    opened = [
        (one.command.issued_at, f"{one.command.actor}: {words('sheet.opened')}{_because(one.command.reason)}")
        for one in facts.openings
    ]
    return [(say.full_time(at), text.strip()) for at, text in sorted([*decided, *opened])]


def _because(why: str) -> str:
    return f" – “{why}”" if why else ""


def _read_text(read: PlateRead, say: Say) -> str:
    kind = f"{say.kind(read)}, {say.words(f'colour.{read.colour.value}')}, {say.words(f'lines.{read.lines}')}"
    sure = f"{say.words('plate.confidence')} {say.percent(read.confidence)}"
    return f"{format_plate(read.text)} · {say.region(read)} · {kind} · {sure}"


def _section(paper: Paper, title: str, rows: Sequence[tuple[str, str]]) -> None:
    paper.text(title, bold=True)
    columns = (PaperColumn("", _NAMES_MM), PaperColumn("", paper.width_mm - _NAMES_MM))
    paper.table(columns, rows, size_pt=9, headed=False)
    paper.gap(3)


def _lattice(paper: Paper, title: str, read: PlateRead, say: Say) -> None:
    paper.text(title, bold=True)
    columns = [PaperColumn(str(n + 1), paper.width_mm / len(read.lattice), "C") for n in range(len(read.lattice))]
    rows = [
        [f"{place[n].text} {say.percent(place[n].confidence)}" if n < len(place) else "" for place in read.lattice]
        for n in range(min(_BEST, max(map(len, read.lattice))))
    ]
    paper.table(columns, rows, size_pt=8)
    paper.gap(3)


def _pictures(paper: Paper, facts: SheetFacts, say: Say, pictures: Mapping[str, bytes]) -> None:
    deleted = {one.sha256: one for one in facts.deletions}
    for one in facts.passage.evidence:
        if paper.room_mm < _LEAST_ROOM_MM and one.sha256 in pictures:
            paper.page()
        paper.text(
            f"{say.words(f'passage.{one.kind.value}')} · {say.camera(one.camera)} · {say.full_time(one.captured_at)}",
            bold=True,
            size_pt=9,
        )
        if one.sha256 in pictures:
            try:
                paper.picture(pictures[one.sha256], _WIDTHS_MM[one.kind])
            except OSError:  # its bytes are those that were hashed, and no picture
                paper.text(say.words("sheet.no_picture"), size_pt=9)
        elif gone := deleted.get(one.sha256):
            paper.text(say.words("sheet.deleted", at=say.full_time(gone.deleted_at)), size_pt=9)
        else:
            paper.text(say.words("passage.missing"), size_pt=9)
        paper.text(f"SHA-256 {one.sha256}", size_pt=8)
        paper.gap(3)
