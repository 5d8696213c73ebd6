"""Plates that people list: what may be listed, and what it does to the lists that nodes decide on. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from central.store.setup_records import Effect, RuleFields, RuleRecord
from contract.messages import AccessEntry, Direction
from contract.plate import CN_UNREAD_PROVINCE, format_plate, normalise, parse_typed
from contract.vocabulary import SLUG_PATTERN

FIELDS: Final = ("plate", "effect", "site", "valid_from", "valid_until", "reason")
MOST_DAYS: Final = 1830
"""Five years: who is listed for longer is forgotten on the list."""
_LONGEST_REASON: Final = 200
_FEWEST_SIGNS: Final = 4
_MOST_SIGNS: Final = 16
_SITE: Final = re.compile(SLUG_PATTERN)
_DAYS: Final = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})"),
)
_YEARS: Final = range(2000, 2100)


class RuleFaultCode(StrEnum):
    """What can be wrong with a field; the catalogue has a sentence for each."""

    REQUIRED = "required"
    NO_PLATE = "no_plate"
    """Too short or too long to be one."""
    SEVERAL_PLATES = "several_plates"
    """Typed so that it names more than one."""
    NO_PROVINCE = "no_province"
    """A Chinese plate without its province names no one plate."""
    EFFECT = "effect"
    SITE = "site"
    DAY = "day"
    BEFORE = "before"
    """It ends before it begins, or is over already."""
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One field that does not fit. `came` is what was typed; `values` fill the sentence in."""

    field: str
    code: RuleFaultCode
    came: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


def read_rule(raw: Mapping[str, str], *, now: datetime, zone: timezone) -> RuleFields | tuple[RuleFault, ...]:
    """A plate to list from what was typed, or all that is wrong with it.

    `raw` has some of `FIELDS`. Days are those of `zone`, the last one included; without a first day it counts from
    `now` on. An empty site means all.
    """
    typed = {name: (raw.get(name) or "").strip() for name in FIELDS}
    faults: list[RuleFault] = []
    plate = _plate(typed["plate"], faults)
    effect = _effect(typed["effect"], faults)
    if typed["site"] and not _SITE.fullmatch(typed["site"]):
        faults.append(RuleFault("site", RuleFaultCode.SITE, typed["site"]))
    begins, ends = _span(typed, now, zone, faults)
    if not typed["reason"]:
        faults.append(RuleFault("reason", RuleFaultCode.REQUIRED, ""))
    elif len(typed["reason"]) > _LONGEST_REASON:
        faults.append(RuleFault("reason", RuleFaultCode.TOO_LONG, typed["reason"], {"n": _LONGEST_REASON}))
    if faults or effect is None:
        return tuple(faults)
    return RuleFields(
        plate=plate,
        effect=effect,
        site=typed["site"],
        valid_from=begins,
        valid_until=ends,
        reason=typed["reason"],
    )


def _plate(typed: str, faults: list[RuleFault]) -> str:
    if not typed:
        faults.append(RuleFault("plate", RuleFaultCode.REQUIRED, ""))
        return ""
    meant = list(dict.fromkeys(plate.text for plate in parse_typed(typed)))
    known = [text for text in meant if not text.startswith(CN_UNREAD_PROVINCE)]
    if len(known) > 1:
        shown = ", ".join(map(format_plate, known))
        faults.append(RuleFault("plate", RuleFaultCode.SEVERAL_PLATES, typed, {"plates": shown}))
    elif meant and not known:
        faults.append(RuleFault("plate", RuleFaultCode.NO_PROVINCE, typed))
    text = known[0] if known else normalise(typed)
    if not _FEWEST_SIGNS <= len(text) <= _MOST_SIGNS or not any(sign.isdigit() for sign in text):
        faults.append(RuleFault("plate", RuleFaultCode.NO_PLATE, typed))
    return text


def _effect(typed: str, faults: list[RuleFault]) -> Effect | None:
    try:
        return Effect(typed)
    except ValueError:
        faults.append(RuleFault("effect", RuleFaultCode.EFFECT, typed))
        return None


def _span(
    typed: Mapping[str, str], now: datetime, zone: timezone, faults: list[RuleFault]
) -> tuple[datetime, datetime]:
    first = _day(typed["valid_from"]) if typed["valid_from"] else None
    last = _day(typed["valid_until"])
    for name, day in (("valid_from", first), ("valid_until", last)):
        if day is None and (typed[name] or name == "valid_until"):
            code = RuleFaultCode.DAY if typed[name] else RuleFaultCode.REQUIRED
            faults.append(RuleFault(name, code, typed[name]))
    begins = _midnight(first, zone) if first else now
    ends = _midnight(last + timedelta(days=1), zone) if last else now
    if last is not None and (ends <= begins or ends <= now):
        faults.append(RuleFault("valid_until", RuleFaultCode.BEFORE, typed["valid_until"]))
    if ends - begins > timedelta(days=MOST_DAYS):
        faults.append(RuleFault("valid_until", RuleFaultCode.TOO_LONG, typed["valid_until"], {"n": MOST_DAYS}))
    return begins, ends


def _day(typed: str) -> date | None:
    found = next((match for pattern in _DAYS if (match := pattern.fullmatch(typed))), None)
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"])) if found else None
    except ValueError:
        return None
    return day if day and day.year in _YEARS else None


def _midnight(day: date, zone: timezone) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def with_rules(
    declared: Iterable[AccessEntry], rules: Iterable[RuleRecord], *, until: datetime
) -> tuple[AccessEntry, ...]:
    """The list of a gate with what people listed for it: allowed plates beside the declared, denied ones cut out.

    A denied plate is on no list while that counts, so that a node asks a person; declared or allowed makes no
    difference. What begins after `until` is left for a later list.
    """
    rules = tuple(rules)
    allowed = [
        AccessEntry(plate=rule.plate, direction=way, valid_from=rule.valid_from, valid_until=rule.valid_until)
        for rule in rules
        if rule.effect is Effect.ALLOW and rule.valid_from < until
        for way in Direction
    ]
    denied = [rule for rule in rules if rule.effect is Effect.DENY]
    return tuple(part for entry in (*declared, *allowed) for part in _outside(entry, denied))


def _outside(entry: AccessEntry, denied: Iterable[RuleRecord]) -> Iterator[AccessEntry]:
    """What is left of an entry outside the spans in which its plate is denied."""
    begins = entry.valid_from
    spans = sorted((rule.valid_from, rule.valid_until) for rule in denied if rule.plate == entry.plate)
    for since, until in spans:
        if begins < min(since, entry.valid_until):
            yield entry.model_copy(update={"valid_from": begins, "valid_until": min(since, entry.valid_until)})
        begins = max(begins, until)
    if begins < entry.valid_until:
        yield entry.model_copy(update={"valid_from": begins})
