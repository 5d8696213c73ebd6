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
