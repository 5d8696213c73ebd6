"""The list on paper: PDF as offices sign it, and XLSX to go on working with."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

from central.fleet.register.fields import UNIT_FIELDS
from central.fleet.register.sentences import amount_text, day_text, field_name, value_text
from central.fleet.register.speech import Words, site_name
from central.fleet.repair.assess import Assessment, RepairList
from central.fleet.repair.rules import Figures, Sign, SignCode, Verdict
from central.fleet.repair.settings import RepairSettings
from central.print.document import Paper, PaperColumn, PaperLine
from central.print.workbook import CellValue, Format, Sheet, SheetColumn, write_workbook
from central.store.register_records import DeviceRecord

FIGURES: Final = (
    "age_years", "observed_days", "failures", "down_h", "unseen_share", "tickets", "relapses", "vehicles", "unread",
)  # fmt: skip
_SHARES: Final = frozenset({SignCode.UNSEEN, SignCode.LONG_DOWN, SignCode.LONG_DEGRADED, SignCode.LOST_READS})
_DOTS: Final = "………………………………"


def sign_text(words: Words, sign: Sign, figures: Figures) -> str:
    """A reason with its numbers."""
    numbers = {"value": sign.value, "limit": sign.limit}
    shown = {
        name: _number(words, value, is_share=sign.code in _SHARES)
        for name, value in numbers.items()
        if value is not None
    }
    counted = {name: getattr(figures, name) for name in ("failures", "vehicles", "unread")}
    spans = {"days": ceil(figures.observed_days), "hours": round(figures.down_h)}
    return words(f"sign.{sign.code.value}", **shown, **counted, **spans)


def reasons_text(words: Words, assessment: Assessment) -> str:
    """All reasons in one sentence."""
    said = "; ".join(sign_text(words, sign, assessment.figures) for sign in assessment.signs)
    return said[:1].upper() + said[1:]


def device_text(words: Words, device: DeviceRecord) -> str:
    """What a device is called on paper: its kind, its title, make and model, serial, id."""
    made = " ".join(filter(None, (device.make, device.model)))
    serial = f"{words('device_field.serial')} {device.serial}" if device.serial else ""
    named = device.title or words(f"device_kind.{device.kind.value}")
    return "\n".join(filter(None, (named, made, serial, device.device_id)))


def total_text(words: Words, found: RepairList) -> str:
    """How many devices have which verdict."""
    return words("repair.total", **{one.value: found.count(one) for one in Verdict})


def repair_pdf(found: RepairList, settings: RepairSettings, words: Words) -> bytes:
    """The list as a paper to sign: head, period, table, signatures.

    Raises:
        ConfigError: the fonts were not made.

    """
    paper = Paper(words("repair_paper.subtitle"), landscape=True, footer=words("repair_paper.subtitle"))
    paper.beside(
        [
            [
                PaperLine(settings.authority or _DOTS),
                PaperLine(settings.office or _DOTS, bold=True, ruled=True),
                PaperLine(words("repair_paper.number")),
            ],
            [
                PaperLine(words("repair_paper.nation"), bold=True),
                PaperLine(words("repair_paper.motto"), bold=True, ruled=True),
                PaperLine(words("repair_paper.date", place=settings.place or "……………")),
            ],
        ],
        size_pt=11,
    )
    paper.gap(5)
    paper.text(words("repair_paper.title"), size_pt=14, bold=True, align="C")
    paper.text(words("repair_paper.subtitle"), size_pt=12, bold=True, align="C")
    paper.text(words("repair.period", since=day_text(found.since), until=day_text(found.until)), size_pt=10, align="C")
    paper.gap(3)
    listed = [one for one in found.assessments if one.verdict is not Verdict.KEEP]
    paper.table(_paper_columns(words), [_paper_row(words, number, one) for number, one in enumerate(listed, 1)])
    paper.gap(3)
    for line in (
        total_text(words, found),
        *cost_lines(words, found),
        words("repair.rules"),
        words("repair_paper.source"),
    ):
        paper.text(line, size_pt=9)
    _signatures(paper, words)
    return paper.bytes()


def cost_lines(words: Words, found: RepairList) -> list[str]:
    """What replacing would cost, and for how many devices nobody knows."""
    wanted = [one.device for one in found.assessments if one.verdict is Verdict.REPLACE]
    unknown = sum(device.replacement_cost_vnd is None and device.cost_vnd is None for device in wanted)
    lines = [words("repair.cost", amount=amount_text(words, found.replacement_vnd))] if wanted else []
    return [*lines, words("repair.cost_unknown", n=unknown)] if unknown else lines


def repair_workbook(found: RepairList, words: Words) -> bytes:
    """The whole list, also what is kept, with the figures behind it."""
    columns = (
        SheetColumn(words("repair_paper.row"), Format.AMOUNT, 6),
        SheetColumn(field_name(words, "device_id"), width=12),
        SheetColumn(field_name(words, "kind"), width=14),
        SheetColumn(field_name(words, "site"), width=16),
        SheetColumn(field_name(words, "title"), width=28),
        SheetColumn(words("repair_paper.verdict"), width=16),
        SheetColumn(words("repair.reasons"), width=60),
        *(SheetColumn(field_name(words, name), width=26) for name in UNIT_FIELDS),
        *(SheetColumn(field_name(words, name), Format.DAY, 14) for name in ("commissioned_on", "warranty_until")),
        *(SheetColumn(field_name(words, name), Format.AMOUNT, 18) for name in ("cost_vnd", "replacement_cost_vnd")),
        *(SheetColumn(words(f"figure.{name}"), Format.NUMBER, 14) for name in FIGURES),
    )
    above = (
        words("repair_paper.subtitle"),
        words("repair.period", since=day_text(found.since), until=day_text(found.until)),
    )
    rows = [_sheet_row(words, number, one) for number, one in enumerate(found.assessments, 1)]
    return write_workbook([Sheet(words("repair_paper.sheet"), columns, rows, above)])


def _sheet_row(words: Words, number: int, one: Assessment) -> list[CellValue]:
    device = one.device
    return [
        number,
        device.device_id,
        words(f"device_kind.{device.kind.value}"),
        site_name(words, device.site),
        device.title,
        words(f"verdict.{one.verdict.value}"),
        reasons_text(words, one),
        *(getattr(device, name) for name in UNIT_FIELDS),
        device.commissioned_on,
        device.warranty_until,
        device.cost_vnd,
        device.replacement_cost_vnd,
        *(_figure(one, name) for name in FIGURES),
    ]


def _figure(one: Assessment, name: str) -> float | None:
    value: float | None = getattr(one.figures, name)
    if value is None:
        return None
    return round(value * 100 if name.endswith("_share") else value, 1)


def _paper_columns(words: Words) -> Sequence[PaperColumn]:
    return (
        PaperColumn(words("repair_paper.row"), 11, "C"),
        PaperColumn(words("repair_paper.device"), 46),
        PaperColumn(words("repair_paper.where"), 34),
        PaperColumn(words("repair_paper.verdict"), 23, "C"),
        PaperColumn(words("repair.reasons"), 65),
        PaperColumn(words("repair.responsible"), 42),
        PaperColumn(words("repair_paper.cost"), 24, "R"),
        PaperColumn(words("repair_paper.decision"), 22),
    )


def _paper_row(words: Words, number: int, one: Assessment) -> list[str]:
    device = one.device
    place = " / ".join(filter(None, (device.lane or device.node, device.camera)))
    units = [f"{field_name(words, name)}: {getattr(device, name)}" for name in UNIT_FIELDS if getattr(device, name)]
    cost = "replacement_cost_vnd" if device.replacement_cost_vnd is not None else "cost_vnd"
    return [
        str(number),
        device_text(words, device),
        "\n".join(filter(None, (site_name(words, device.site), place))),
        words(f"verdict.{one.verdict.value}"),
        reasons_text(words, one),
        "\n".join(units),
        value_text(words, cost, getattr(device, cost)) if one.verdict is Verdict.REPLACE else "",
        "",
    ]


def _signatures(paper: Paper, words: Words) -> None:
    needed_mm = 42
    if paper.room_mm < needed_mm:
        paper.page()
    paper.gap(6)
    blocks = [("maker", "sign"), ("maintainer", "seal"), ("user", "seal"), ("head", "seal")]
    paper.beside(
        [
            [PaperLine(words(f"repair_paper.{who}"), bold=True), PaperLine(words(f"repair_paper.{how}"))]
            for who, how in blocks
        ],
        size_pt=10,
    )


def _number(words: Words, value: float, *, is_share: bool) -> str:
    if is_share:
        return f"{value * 100:.0f} %"
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", words("repair.decimal"))
