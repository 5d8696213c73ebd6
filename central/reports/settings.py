"""Settings of reports: what fee classes mean that do not say it themselves, and when the bulletin is prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from central.settings import Settings


class FeeClass(Settings):
    """What a fee class says of the vehicle; what it does not say is left out."""

    size_ft: Literal[20, 40, 45] | None = None
    """Of the container, feet."""
    below_t: Annotated[float, Field(gt=0, le=200)] | None = None
    """The goods weigh less than this, tonnes."""


class ReportSettings(Settings):
    """The rules of findings are in docs/reports.md."""

    fee_classes: Mapping[str, FeeClass] = Field(default_factory=dict)
    """Fee classes whose text says neither size nor weight, as the platform writes them: `[reports.fee_classes.K2]`."""
    prepare_after_min: Annotated[float, Field(ge=0, le=720)] = 15.0
    """Drafts of a day, and of the week and month that end with it, are made by themselves so long after 20:00."""
    drafts_kept_days: Annotated[float, Field(gt=0, le=3650)] = 30.0
    """Drafts older than this that a later report of the same span stands in for are deleted."""
    change_share: Annotated[float, Field(gt=0, le=1)] = 0.15
    """A number that differs from the usual by less than this share of it is no finding."""
    change_vehicles: Annotated[int, Field(ge=1)] = 10
    """Nor is one that differs by fewer vehicles."""
    compare_weeks: Annotated[int, Field(ge=2, le=12)] = 4
    """The usual is the mean of the same weekday of so many weeks before."""
    lane_vehicles_per_h: Annotated[int, Field(ge=1, le=600)] = 45
    """A lane that more vehicles go through in an hour is full; a planning figure, see docs/reports.md."""
    camera_down_min: Annotated[int, Field(ge=1)] = 15
    """A camera that was down for less in a span is no finding."""
    unknown_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """So much of the vehicles without known goods is a finding."""
