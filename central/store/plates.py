"""Parts of plates: found among the plates that were ever seen, which are far fewer than passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import Levenshtein
from sqlalchemy import ColumnElement, Integer, Select, String, and_, column, delete, func, or_, select, values

from central.store.database import Transaction
from central.store.lookup import LookUp
from central.store.paging import search_parts
from central.store.schema import passages
from central.store.schema_kept import plate_ends
from contract.plate import VN_LETTERS

_FEW: Final = 300
"""Plates that are looked for one by one. What fits more of them is so common that a look through the newest passages
soon fills a page."""
_LOOKED_AT: Final = 5_000
"""Plates with the letters of a pattern that are held against it."""
_LAST: Final = "\U0010ffff"
_WILD: Final = re.compile(r"[?*]")
_LEAST_ALIKE: Final = 4
"""Signs that a text must have for plates that differ from it to be worth a look."""
_SIGNS: Final = "".join(sorted({*"0123456789", *VN_LETTERS, *"IJOQRW"}))
_LOOK_ALIKES: Final = ("0DOQUC", "1ILT7", "2Z", "4A", "5S6", "6GB8", "8B3", "7Y", "VUY", "MNH", "EF", "PR", "KX")
"""Signs that are read for each other; two of these slips may come together."""


_WAITS: Final = "!"
"""Before a plate that waits, in the place of its endings: it sorts before all signs of plates, and these together."""
_MOST_WAIT: Final = 2_000
"""Plates that wait for their endings to be noted. Those of one plate lie as far apart as can be, so that each batch
would write to half of the table's pages; those of thousands share pages."""
_NOTED = LookUp(
    ("plate", "waits"),
    """
    SELECT here.plate FROM wanted CROSS JOIN plate_ends AS here
    WHERE here.ending IN (wanted.plate, wanted.waits) AND here.plate = wanted.plate
    """,
)
_BEHIND_WAITING = chr(ord(_WAITS) + 1)
_WAITING = (plate_ends.c.ending >= _WAITS) & (plate_ends.c.ending < _BEHIND_WAITING)
_LONGEST: Final = 16
"""Signs of a plate."""


def note_plates(transaction: Transaction, plates: Iterable[str | None]) -> None:
    """Have parts of these plates be found."""
    seen = {plate for plate in plates if plate}
    noted = transaction.look_up(_NOTED, [(plate, _WAITS + plate) for plate in seen])
    new = sorted(seen - {row["plate"] for row in noted})
    if not new:
        return
    transaction.insert_all(plate_ends, [{"ending": _WAITS + plate, "plate": plate} for plate in new])
    waiting = transaction.first(select(func.count().label("number")).select_from(plate_ends).where(_WAITING))
    if waiting and waiting["number"] > _MOST_WAIT:
        transaction.insert_from(plate_ends, _endings_of_waiting())
        transaction.run(delete(plate_ends).where(_WAITING))


def _endings_of_waiting() -> Select[Any]:
    """The endings of all plates that wait, in the order of their pages."""
    waits = plate_ends.alias("waits")
    places = values(column("place", Integer)).data([(n,) for n in range(1, _LONGEST + 1)]).cte("places")
    ending = func.substr(waits.c.plate, places.c.place)
    return (
        select(ending, waits.c.plate)
        .select_from(waits.join(places, places.c.place <= func.length(waits.c.plate)))
        .where(waits.c.ending >= _WAITS, waits.c.ending < _BEHIND_WAITING)
        .order_by(ending, waits.c.plate)
    )


@dataclass(frozen=True, slots=True)
class HavingPart:
    """Conditions that together cover the passages with a part of a plate.

    `are_led_to`: one of them for each index that leads to such passages; else it is one that each passage has to be
    held against.
    """

    conditions: tuple[ColumnElement[bool], ...]
    are_led_to: bool = True


def have_part(reading: Transaction, typed: str, *, alike: bool = False) -> HavingPart:
    """Passages with either plate that has a part as a person types it.

    `?` is any sign, `*` any number of them, none included.
    `alike`: plates that differ in a sign (one wrong, missing or too many), or in two that look like others, fit, too;
    the nearest where there are many.
    """
    parts = search_parts(typed)
    columns = (passages.c.plate_search, passages.c.second_plate_search)
    if alike and all(len(part) >= _LEAST_ALIKE and not _WILD.search(part) for part in parts):
        near = plates_alike(reading, parts)
        return HavingPart(tuple(column.in_(near) for column in columns))
    fitting = [_fitting(reading, part) for part in parts]
    plates = frozenset().union(*(some for some in fitting if some is not None))
    if None not in fitting and len(plates) < _FEW:
        return HavingPart(tuple(column.in_(sorted(plates)) for column in columns))
    any_fits = or_(*(column.like(_like(part), escape="/") for column in columns for part in parts))
    return HavingPart((any_fits,), are_led_to=False)


def plates_alike(reading: Transaction, parts: Sequence[str], most: int = _FEW) -> tuple[str, ...]:
    """Plates that were seen and have one of `parts`, or nearly so; the nearest first."""
    found: dict[str, int] = {}
    for part in parts:
        likely = values(column("part", String)).data([(one,) for one in sorted(_near(part))]).cte("likely")
        begins = and_(plate_ends.c.ending >= likely.c.part, plate_ends.c.ending < likely.c.part + _LAST)
        wanted = select(plate_ends.c.plate).select_from(likely.join(plate_ends, begins)).limit(_LOOKED_AT)
        for plate in [*(row["plate"] for row in reading.rows(wanted)), *_near_of(reading, part)]:
            far = Levenshtein.distance(part, plate)
            found[plate] = min(far, found.get(plate, far))
    return tuple(sorted(found, key=lambda plate: (found[plate], plate))[:most])


def _fitting(reading: Transaction, part: str) -> frozenset[str] | None:
    """The plates that have this part; None where they are too many to be told one by one."""
    found = (_with_letters(reading, letters, part) for letters in sorted(set(_WILD.split(part)), key=len, reverse=True))
    plates = next((some for some in found if some is not None), None)
    if plates is None:
        return None
    pattern = re.compile(re.escape(part).replace(r"\?", ".").replace(r"\*", ".*"))
    return frozenset(plate for plate in plates if pattern.search(plate))


def _with_letters(reading: Transaction, letters: str, part: str) -> list[str] | None:
    """The plates with letters that a part has, some of them twice; None where they are too many, or no letters."""
    if not letters:
        return None
    most = _FEW * 2 if letters == part else _LOOKED_AT  # a plate may have the part twice
    begins = (plate_ends.c.ending >= letters) & (plate_ends.c.ending < letters + _LAST)
    rows = reading.rows(select(plate_ends.c.plate).where(begins).limit(most))
    if len(rows) == most:
        return None
    waiting = select(plate_ends.c.plate).where(_WAITING, plate_ends.c.plate.like(_like(letters), escape="/"))
    return [row["plate"] for row in (*rows, *reading.rows(waiting))]


def _near_of(reading: Transaction, part: str) -> Iterator[str]:
    """Plates that wait and have this part, or nearly so."""
    likely = _near(part)
    lengths = {len(one) for one in likely}
    for row in reading.rows(select(plate_ends.c.plate).where(_WAITING)):
        plate = row["plate"]
        if any(plate[n : n + length] in likely for length in lengths for n in range(len(plate) - length + 1)):
            yield plate


def _like(part: str) -> str:
    plain = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{plain.replace('?', '_').replace('*', '%')}%"


def _near(text: str) -> frozenset[str]:
    """The text, and those that are a slip or two away from it."""
    one = {text}
    for n in range(len(text)):
        one.add(text[:n] + text[n + 1 :])
        one |= {text[:n] + sign + text[n + 1 :] for sign in _SIGNS}
        one |= {text[:n] + sign + text[n:] for sign in _SIGNS if n}
    slips = [(n, sign) for n, own in enumerate(text) for group in _LOOK_ALIKES if own in group for sign in group]
    for n, sign in slips:
        for m, other in slips:
            if n < m:
                one.add(text[:n] + sign + text[n + 1 : m] + other + text[m + 1 :])
    return frozenset(one)
