"""Findings, doubts and fee evidence as sentences, in the language of the reader: numbers with units, names, times."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Final, Protocol

from central.fleet.register.speech import Words
from central.reports.doubts import Doubt
from central.reports.fees import FeeFinding
from central.reports.statements import Code, Statement
from central.traffic.flow import DoubtReason

_UNITS: Final = ("vehicles", "minutes", "lanes", "declarations", "percent", "t", "ft")
_KINDS: Final = {
    "measure": "measure_of",
    "column": "column",
    "reason": "report_reason",
    "direction": "direction",
    "seen": "vehicle_seen",
}
"""Names whose words stand in the catalogue, and under what."""


class Spoken(Words, Protocol):
    """A catalogue that says which language it is of."""

    @property
    def language(self) -> str:
        """`vi`, `en` or `zh`."""


class Speaker(Protocol):
    """Who speaks a language, and knows what gates, lanes and cameras are called in it."""

    @property
    def words(self) -> Spoken:
        """The catalogue."""

    @property
    def zone(self) -> tzinfo:
        """Of the place."""

    def site(self, site: str) -> str:
        """Name of a gate."""

    def lane(self, lane: str) -> str:
        """Name of a lane."""

    def camera(self, camera: str) -> str:
        """Name of a camera."""


def sentence(speaker: Speaker, statement: Statement, basis: str = "day") -> str:
    """A statement as one sentence. `basis`: what earlier spans were: `day`, `week` or `month`."""
    values = {name: number_text(speaker.words, name, number, basis) for name, number in statement.numbers.items()}
    values |= {name: _name(speaker, name, value) for name, value in statement.names.items()}
    if statement.text:
        values["text"] = statement.text[speaker.words.language]
    if statement.code is Code.REPAIR_CAMERA and not statement.names.get("assignee"):
        values["assignee"] = speaker.words("report_doubt.nobody")
    return _begun(speaker.words(f"said.{statement.code.value}", **values))


def doubt_sentence(speaker: Speaker, doubt: Doubt) -> str:
    """Why numbers are doubtful, as one sentence."""
    values = {"camera": speaker.camera(doubt.camera), "detail": _detail(speaker.words, doubt.detail)}
    vehicles = speaker.words("unit.vehicles.unknown")
    if doubt.vehicles is not None:
        vehicles = number_text(speaker.words, "vehicles", abs(doubt.vehicles))
    if doubt.reason is DoubtReason.CAMERA_MISSED_VEHICLES and doubt.loop is not None and doubt.counted is not None:
        seen, loop = digits(speaker.words, doubt.counted), number_text(speaker.words, "vehicles", doubt.loop)
        return _begun(speaker.words("report_doubt.camera_missed_by_loop", seen=seen, loop=loop))
    return _begun(speaker.words(f"report_doubt.{doubt.reason.value}", vehicles=vehicles, **values))


def fee_sentence(speaker: Speaker, finding: FeeFinding) -> str:
    """What does not go together, as one sentence."""
    told = {
        name: number_text(speaker.words, name, value) if isinstance(value, int | float) else _name(speaker, name, value)
        for name, value in finding.values.items()
    }
    names = {"declaration": finding.declaration_id, "fee_class": finding.fee_class}
    return _begun(speaker.words(f"said_fee.{finding.code.value}", **told, **names))


def number_text(words: Words, name: str, number: float, basis: str = "day") -> str:
    """A number as the language writes it, with the unit that the last word of its name says."""
    unit = name.rsplit("_", 1)[-1]
    plain = digits(words, number)
    if unit == "spans":
        unit = f"spans_{basis}"
    elif unit not in _UNITS:
        return plain
    return words(f"unit.{unit}.{'one' if number == 1 else 'many'}", n=plain)


def digits(words: Words, number: float) -> str:
    """A number with its thousands apart, and one digit behind the point where it is not whole."""
    whole, _, rest = (f"{number:,.0f}" if number == int(number) else f"{number:,.1f}").partition(".")
    return words("repair.decimal").join(filter(None, (whole.replace(",", words("register.thousands")), rest)))


def moment(speaker: Speaker, at: datetime) -> str:
    """A time of day with its day, of the place."""
    local = at.astimezone(speaker.zone)
    return f"{local:%H:%M} {speaker.words('report.day_month', d=f'{local:%d}', m=f'{local:%m}')}"


def day_text(words: Words, day: date) -> str:
    """A day as the language writes it."""
    return words("report.date", d=f"{day:%d}", m=f"{day:%m}", y=day.year)


def _name(speaker: Speaker, name: str, value: str) -> str:
    if name.endswith("_at"):
        return moment(speaker, datetime.fromisoformat(value))
    if name in _KINDS:
        return speaker.words(f"{_KINDS[name]}.{value}")
    if name == "who":
        return speaker.words("report.separator").join(speaker.words(f"report_who.{who}") for who in value.split(","))
    if name == "detail":
        return _detail(speaker.words, value)
    spoken = {"gate": speaker.site, "lane": speaker.lane, "camera": speaker.camera}
    return spoken[name](value) if name in spoken else value


def _detail(words: Words, detail: str) -> str:
    return words.get(f"health.{detail}", words.get(f"level.{detail}", detail))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
