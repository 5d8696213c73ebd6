"""What page, paper and workbook say of a report alike: its title, its dates, who made it, its doubts."""

from __future__ import annotations

from datetime import datetime

from central.reports.doubts import Doubt
from central.reports.report import Report
from central.reports.sentences import Speaker, day_text, moment, number_text
from central.reports.tables import missed_of
from central.store.report_records import ReportRecord


def title(speaker: Speaker, report: Report) -> str:
    """What it is of."""
    words, last = speaker.words, report.day
    days = {"first": day_text(words, report.first_day), "day": day_text(words, last)}
    month = words("report.month", m=f"{last:%m}", y=last.year)
    return words(f"report.title_{report.kind.value}", month=month, **days)


def as_of(speaker: Speaker, report: Report) -> str:
    """The moment of its figures."""
    key = "report.as_of" if report.is_whole else "report.so_far"
    return speaker.words(key, at=full(speaker, report.as_of))


def standing(speaker: Speaker, record: ReportRecord | None) -> str:
    """Whether it is published, and as which correction; empty of the first."""
    if record is None or record.number is None:
        return speaker.words("report.draft")
    if record.number == 0:
        return ""
    return speaker.words("report.correction", number=record.number, remark=record.remark)


def provenance(speaker: Speaker, report: Report, record: ReportRecord | None) -> list[str]:
    """Who made and published it, by which plan, and the hash of what is kept."""
    words = speaker.words
    lines = [words("report.source")]
    if report.plan_version is not None:
        lines.append(words("report.plan", version=report.plan_version))
    if record is not None:
        who = record.made_by or words("report.by_itself")
        lines.append(words("report.made", at=full(speaker, record.made_at), who=who))
        if record.published_at is not None:
            published = full(speaker, record.published_at)
            lines.append(words("report.published", at=published, who=record.published_by))
        lines.append(words("report.sha256", sha256=record.sha256))
    return lines


def missed(speaker: Speaker, report: Report) -> str:
    """Vehicles that stand in no number; empty where there are none."""
    vehicles = missed_of(report.numbers)
    return speaker.words("report.missed", vehicles=number_text(speaker.words, "vehicles", vehicles)) if vehicles else ""


def doubt_place(speaker: Speaker, doubt: Doubt) -> str:
    """Gate, lane or direction of a doubt."""
    where = speaker.lane(doubt.lane) if doubt.lane else speaker.words(f"direction.{doubt.direction.value}")
    return f"{speaker.site(doubt.gate)} · {where}"


def doubt_time(speaker: Speaker, doubt: Doubt) -> str:
    """From when to when."""
    since, until = (at.astimezone(speaker.zone) for at in (doubt.since, doubt.until))
    ends = f"{until:%H:%M}" if since.date() == until.date() else moment(speaker, until)
    return f"{moment(speaker, since)} – {ends}"


def full(speaker: Speaker, at: datetime) -> str:
    """Time and day of the place."""
    local = at.astimezone(speaker.zone)
    return f"{local:%H:%M} {day_text(speaker.words, local)}"
