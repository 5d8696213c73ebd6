"""Settings of a lane's barrier."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class GateSettings(BaseModel):
    """How a lane's barrier is reached, and how long its motions may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    driver: Literal["none", "simulated", "http_relay"] = "none"
    """`none`: a lane without a barrier of ours; `simulated`: in memory; `http_relay`: a relay with inputs, over
    HTTP."""
    url: str = ""
    """Base address of an HTTP relay."""
    poll_s: Seconds = 0.25
    """How often its inputs are read."""
    stale_after_s: Seconds = 2.0
    """Inputs older than this count as unknown: nothing is lowered."""
    travel_timeout_s: Seconds = 6.0
    """A motion that takes longer is a fault."""
    clear_s: Seconds = 1.0
    """How long the loop must be free before the arm is lowered (US UFGS asks for 1 s)."""
    wait_for_vehicle_s: Seconds = 30.0
    """How long the arm stays up for a vehicle that was let through and does not come."""
    differs_s: Seconds = 10.0
    """An arm that rests so long where it was not commanded to be is a fault."""
    long_stay_s: Seconds = 300.0
    """Something that stays beneath the arm for so long is told."""
    open_confidence: Share = 0.9
    """Least confidence of a read that opens by itself."""
