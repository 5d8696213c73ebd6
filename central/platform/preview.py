"""What would be read of a file, or of an answer of the platform; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from central.platform.declaration import Declaration
from central.platform.export import Export, RowFault
from central.platform.faults import PERSONAL
from central.platform.intake import Sites
from central.platform.mapping import TARGETS, MappingSettings
from central.platform.reading import ItemReader
from central.platform.rest import Pulled

NOT_SHOWN: Final = "(not shown)"
"""What stands for what names a person."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A column or a field of the platform, and which of ours it is. `letter`: as a spreadsheet calls the column."""

    letter: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that can be read, without what names a person."""

    place: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """`unknown`: columns or fields that mean nothing to us."""

    rows: int
    bad: int
    meanings: tuple[Meaning, ...]
    unknown: tuple[str, ...]
    good: tuple[GoodRow, ...]
    faults: tuple[RowFault, ...]


def told(declaration: Declaration, gates: Mapping[str, str]) -> dict[str, Any]:
    """What a declaration says, without what names a person, at the site's own name."""
    found = declaration.model_dump(mode="json", exclude_defaults=True, exclude={"confirmations"})
    found |= dict.fromkeys(PERSONAL & found.keys(), NOT_SHOWN)
    found["gate"] = Sites(gates).site(declaration.gate)
    if declaration.confirmations:
        found["confirmations"] = {said.force.value: said.verdict.value for said in declaration.confirmations}
    return found


def of_export(export: Export, gates: Mapping[str, str], most: int) -> Preview:
    """Of a file; `most` of its good rows are shown."""
    meant = [(row, row.meant) for row in export.rows if isinstance(row.meant, Declaration)]
    return Preview(
        rows=len(export.rows),
        bad=export.bad,
        meanings=tuple(Meaning(c.letter, c.header, c.field) for table in export.tables for c in table.columns),
        unknown=tuple(dict.fromkeys(header for table in export.tables for header in table.ignored)),
        good=tuple(GoodRow(f"{row.sheet} {row.number}".strip(), told(one, gates)) for row, one in meant[:most]),
        faults=export.faults,
    )


def of_page(
    page: Pulled, mapping: MappingSettings | None, gates: Mapping[str, str], *, now: datetime, most: int
) -> Preview:
    """Of a page that the platform gave; its items count from 1."""
    reader = ItemReader(mapping)
    good: list[GoodRow] = []
    faults: list[RowFault] = []
    bad = 0
    for number, row in enumerate(page.rows, start=1):
        meant = reader.item(row, now).meant
        if isinstance(meant, Declaration):
            good.append(GoodRow(str(number), told(meant, gates)))
            continue
        bad += 1
        faults += [RowFault("", number, "", fault.field, fault) for fault in meant]
    named = dict(mapping.fields) if mapping else {}
    theirs = _names(page.rows)
    mapped = {path.partition(".")[0] for path in named.values()}
    own = [name for name in theirs if name in (*TARGETS, "confirmations") and name not in named]
    meanings = [Meaning("", path, field) for field, path in named.items()] + [Meaning("", name, name) for name in own]
    unknown = tuple(name for name in theirs if name not in mapped and name not in own)
    return Preview(len(page.rows), bad, tuple(meanings), unknown, tuple(good[:most]), tuple(faults))


def with_meanings(mapping: MappingSettings | None, theirs_to_ours: Mapping[str, str]) -> MappingSettings | None:
    """The mapping with some more names; unchanged where there are none."""
    if not theirs_to_ours:
        return mapping
    base = mapping or MappingSettings()
    fields = {str(ours): theirs for ours, theirs in base.fields.items()}
    fields |= {ours: theirs for theirs, ours in theirs_to_ours.items()}
    return MappingSettings.model_validate(base.model_dump(mode="json") | {"fields": fields})


def _names(rows: Sequence[Any]) -> list[str]:
    """The fields that items have, in the order in which they come."""
    return list(dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row))
