"""From the names, words and times of a platform to a declaration of ours; the configuration says which is which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator

from central.platform.declaration import Declaration
from central.platform.faults import Fault, MisfitError, fault, faults_of
from central.platform.times import read_time
from central.platform.words import WORDS, fold, words_of
from central.settings import Hours, Settings

Target = Literal[
    "declaration_id",
    "version",
    "state",
    "direction",
    "regime",
    "gate",
    "yard",
    "plate",
    "nationality",
    "trailer_plate",
    "container_no",
    "container_size_ft",
    "seal",
    "transship_plate",
    "driver_name",
    "driver_document",
    "driver_type",
    "goods",
    "goods_class",
    "weight_kg",
    "weight_t",
    "customs_no",
    "fee_class",
    "fee_paid",
    "said_border_guard",
    "said_customs",
    "said_quarantine",
    "said_health",
    "said_centre",
    "said_yard",
    "expected_at",
    "expected_from",
    "expected_until",
    "confirmed_at",
    "lane",
    "declared_at",
    "updated_at",
    "declarant",
    "agent",
    "phone",
]
"""What a column or a field of a platform can mean: the fields of a declaration, and some that become one: `weight_t`
(tonnes), `expected_at` (one time instead of a window), `said_…` (what a force says: a word, a time, or both)."""
TARGETS: Final[tuple[str, ...]] = get_args(Target)
MEANS: Final[Mapping[str, tuple[str, ...]]] = {
    "weight_t": ("weight_kg",),
    "expected_at": ("expected_from", "expected_until"),
    "expected_from": ("expected_from", "expected_until"),
    "regime": ("regime", "direction"),
    "direction": ("direction", "regime"),
}
"""What speaks of another field of a declaration than its own, or of more."""
Worded = Literal["state", "direction", "regime", "nationality", "goods_class", "driver_type", "fee_paid", "verdict"]
_TIMES: Final = ("expected_from", "expected_until", "confirmed_at", "declared_at", "updated_at")
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_SIZE: Final = re.compile(r"\s*(20|40|45)(?!\d)")
_AMOUNT: Final = re.compile(r"(\d[\d.,\s]*)\s*(kg|kgs|t|tấn|tan)?", re.IGNORECASE)
_MOST_TONNES: Final = 200.0
"""No lorry carries more: 24.500 t are 24.5, not 24,500."""


def said_by(targets: Iterable[str]) -> frozenset[str]:
    """The fields of a declaration that these speak of."""
    told = (name for target in targets for name in MEANS.get(target, (target,)))
    return frozenset("confirmations" if name.startswith("said_") else name for name in told)


class MappingSettings(Settings):
    """How a platform's items are read."""

    fields: Mapping[Target, str] = Field(default_factory=dict)
    """Ours to theirs: the name of a field (`a.b`: b inside a) or the header of a column."""
    words: Mapping[Worded, Mapping[str, str]] = Field(default_factory=dict)
    """For fields that hold one of a few words: theirs to ours, beside those that are known (docs/platform.md)."""
    utc_offset_h: Annotated[float, Field(ge=-12, le=14)] = 7.0
    """Offset of times without a zone; Vietnam is UTC+7 all year."""
    day_first: bool = True
    """Whether 04/05/2026 is the fourth of May."""
    window_before_h: Hours = 2.0
    """Where only one expected time is given: how long before it the window begins."""
    window_after_h: Hours = 12.0
    """… and how long after it the window ends."""

    @model_validator(mode="after")
    def _words_are_ours(self) -> Self:
        for field, theirs in self.words.items():
            known = tuple(WORDS[field])
            for their, ours in theirs.items():
                if ours not in known:
                    raise ValueError(
                        f"words.{field}: expected {their!r} to mean one of {', '.join(known)}, got {ours!r}"
                    )
        return self

    @property
    def zone(self) -> timezone:
        """Zone of times without one."""
        return timezone(timedelta(hours=self.utc_offset_h))


class Translator:
    """Reads items whose fields are ours by name already, but hold what people or another program wrote."""

    def __init__(self, settings: MappingSettings) -> None:
        self._settings = settings
        self._words = {field: words_of(field, settings.words.get(field, {})) for field in get_args(Worded)}

    def read(self, raw: Mapping[str, object], *, as_of: datetime) -> Declaration:
        """The declaration that an item is; fields that it lacks follow from others, `as_of` is when it was written.

        Raises:
            MisfitError: with everything that is wrong.

        """
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for field, value in raw.items():
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                self._take(values, field, value)
            except ValueError as error:
                faults.append(fault(field, str(error).removeprefix("expected "), value))
        wrong = {one.field for one in faults}
        faults += self._fill(values, wrong, as_of)
        if not faults:
            try:
                return Declaration.model_validate(values)
            except ValidationError as error:
                faults += faults_of(error)
        raise MisfitError(faults)

    def _take(self, values: dict[str, Any], field: str, value: object) -> None:
        if field.startswith("said_"):
            values.setdefault("confirmations", []).append(self._said(field.removeprefix("said_"), value))
        elif field == "confirmations":  # a list, as we have it ourselves
            values.setdefault(field, []).extend(value if isinstance(value, list) else [value])
        elif field == "expected_at":
            written = read_time(value, self._settings.zone, day_first=self._settings.day_first)
            before, after = self._settings.window_before_h, self._settings.window_after_h
            if not written.has_clock:  # any time of that day
                before = after = 0.0
            values["expected_from"] = written.at - timedelta(hours=before)
            values["expected_until"] = written.end + timedelta(hours=after)
        elif field in _TIMES:
            written = read_time(value, self._settings.zone, day_first=self._settings.day_first)
            values[field] = written.end if field == "expected_until" else written.at
        elif field == "weight_t":
            values["weight_kg"] = round(1000 * _amount(value, "t"), 3)
        elif field in self._words:
            values[field] = self._word(field, value)
        else:
            values[field] = _READERS.get(field, _text)(value)

    def _word(self, field: str, value: object) -> str:
        known = self._words[field]
        ours = known.get(fold_value(value))
        if ours is None:
            raise ValueError(f"expected one of {', '.join(dict.fromkeys(known.values()))} or a word that means one")
        return ours

    def _said(self, force: str, value: object) -> dict[str, object]:
        """A word (`đã xác nhận`), a time (then it confirmed), or a word and a time."""
        zone, day_first = self._settings.zone, self._settings.day_first
        try:
            return {"force": force, "verdict": self._word("verdict", value)}
        except ValueError:
            pass
        if isinstance(value, date):
            return {"force": force, "verdict": "confirmed", "at": read_time(value, zone).at}
        text = _text(value)
        head = text[: next((at for at, sign in enumerate(text) if sign.isdigit()), len(text))]  # then a time begins
        word = head.strip(" ,;:-–").removesuffix("lúc").strip()
        if head == text:
            raise ValueError("expected a verdict like `đã xác nhận`, `từ chối`, `chờ`, a time, or both")
        verdict = self._word("verdict", word) if word else "confirmed"
        return {"force": force, "verdict": verdict, "at": read_time(text[len(head) :], zone, day_first=day_first).at}

    def _fill(self, values: dict[str, Any], wrong: set[str], as_of: datetime) -> list[Fault]:
        """What follows from the rest; what is missing all the same."""
        values.setdefault("version", 1)
        values.setdefault("state", "declared")
        values.setdefault("updated_at", as_of)
        values.setdefault("declared_at", values["updated_at"])
        if "direction" not in values and "direction" not in wrong and values.get("regime") in _WAY_OF:
            values["direction"] = _WAY_OF[values["regime"]]
        if "regime" not in values and "regime" not in wrong and "direction" in values:
            values["regime"] = "import" if values["direction"] == "in" else "export"
        if "expected_from" in values:
            values.setdefault(
                "expected_until", values["expected_from"] + timedelta(hours=self._settings.window_after_h)
            )
        lacking = [
            Fault(name, said, "nothing")
            for name, said in _NEEDED.items()
            if name not in values and not wrong & {name, _INSTEAD.get(name)}
        ]
        if "direction" not in values and "regime" in values and "direction" not in wrong:
            lacking.append(Fault("direction", f"in or out, which does not follow from {values['regime']}", "nothing"))
        return lacking


_NEEDED: Final = {
    "declaration_id": "the number of the declaration",
    "plate": "a plate",
    "gate": "a gate",
    "regime": "a regime, or a direction from which it follows",
    "expected_from": "when the vehicle is expected",
}
_INSTEAD: Final = {"regime": "direction", "expected_from": "expected_at"}
_WAY_OF: Final = {"import": "in", "temporary_import": "in", "export": "out", "temporary_export": "out"}


def fold_value(value: object) -> str:
    """A cell as a word, to be looked up."""
    return fold(str(value).lower() if isinstance(value, bool) else _text(value))


def _text(value: object) -> str:
    """A cell as text: numbers as they were typed, blanks and composed signs in one way."""
    if isinstance(value, bool | dict | list):
        raise ValueError("expected a text or a number")  # noqa: TRY004 - said of a file, not of a caller
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(unicodedata.normalize("NFC", str(value)).split())


def _number_as_text(value: object) -> str:
    """A number that is a name: Excel shows long ones as 1,07E+11, and saves them like that as CSV."""
    text = _text(value)
    if _SHORTENED.fullmatch(text):
        raise ValueError("expected all digits; Excel shortened them, so format the column as text and export again")
    return text


def _whole(value: object) -> int:
    text = _text(value)
    if not text.isdecimal():
        raise ValueError("expected a whole number")
    return int(text)


def _size(value: object) -> int:
    found = _SIZE.match(_text(value))
    if found is None:
        raise ValueError("expected 20, 40 or 45")
    return int(found[1])


def _kilograms(value: object) -> float:
    return _amount(value, "kg")


def _amount(value: object, unit: Literal["kg", "t"]) -> float:
    """A weight in `unit`; another unit may stand behind the number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _AMOUNT.fullmatch(_text(value))
    if found is None:
        raise ValueError("expected a weight")
    written = "kg" if (found[2] or unit).lower().startswith("k") else "t"
    number = _read_number(found[1], most=_MOST_TONNES if written == "t" else None)
    return number if written == unit else number * 1000 if unit == "kg" else number / 1000


def _read_number(text: str, most: float | None) -> float:
    """24.500 is 24,500 where that can be; 24.5 and 24,5 are the same."""
    text = "".join(text.split())
    for thousands, decimal in ((".", ","), (",", ".")):
        if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", text):
            number = float(text.replace(thousands, "").replace(decimal, "."))
            if most is None or number <= most:
                return number
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError("expected a weight") from None


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "version": _whole,
    "container_size_ft": _size,
    "weight_kg": _kilograms,
    "declaration_id": _number_as_text,
    "customs_no": _number_as_text,
    "container_no": _number_as_text,
    "seal": _number_as_text,
    "driver_document": _number_as_text,
    "phone": _number_as_text,
}
