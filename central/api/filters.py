"""What passages may be asked for by, in lists and exports alike."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from central.store.outcome_records import OutcomeKind
from central.store.search import Filters
from contract.messages import Direction
from contract.plate import PlateCountry, PlateKind

Site = Annotated[str | None, Query(description="a border gate, e.g. `huu-nghi`")]
PlatePart = Annotated[
    str | None,
    Query(
        max_length=20,
        description="part of a plate, as people type it: `12C345`, `GUI F123`, `F1234`; `?` is any sign, `*` any "
        "number of them: `12C?45`",
    ),
]
Since = Annotated[AwareDatetime | None, Query(description="at or after, with a zone: `2026-01-31T00:00:00Z`")]
Until = Annotated[AwareDatetime | None, Query(description="before")]


def _filters(
    *,
    site: Site = None,
    lane: str | None = None,
    direction: Direction | None = None,
    outcome: OutcomeKind | None = None,
    plate: PlatePart = None,
    alike: Annotated[bool, Query(description="plates that differ from `plate` in a sign or two, too")] = False,
    country: Annotated[PlateCountry | None, Query(description="who issued either plate, as the camera saw it")] = None,
    kind: Annotated[PlateKind | None, Query(description="class of either plate, as the camera saw it")] = None,
    since: Since = None,
    until: Until = None,
) -> Filters:
    return Filters(
        site=site,
        lane=lane,
        direction=direction,
        outcome=outcome,
        plate_part=plate,
        alike=alike,
        country=country,
        kind=kind,
        since=since,
        until=until,
    )


PassageFilters = Annotated[Filters, Depends(_filters)]
