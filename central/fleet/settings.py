"""Settings of how central judges nodes and cameras, and of tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from central.fleet.ticket import TicketRules
from central.settings import Hours, Minutes, Seconds, Settings
from central.store.ticket_records import TicketState
from contract.messages import Severity

Patience = Annotated[float, Field(gt=0, le=8760)]
"""Hours."""


class OverdueSettings(Settings):
    """After how many hours in a state somebody should have gone on with a ticket, by severity."""

    open_severe_h: Patience = 1.0
    """Nobody has taken on what does not work."""
    open_moderate_h: Patience = 8.0
    """Nobody has taken on what works badly."""
    open_slight_h: Patience = 72.0
    """Nobody has taken on what is less than that."""
    acknowledged_severe_h: Patience = 8.0
    """Taken on, and nobody is there."""
    acknowledged_moderate_h: Patience = 72.0
    """The same."""
    acknowledged_slight_h: Patience = 336.0
    """The same."""
    on_site_severe_h: Patience = 24.0
    """Somebody is there, and it is not repaired."""
    on_site_moderate_h: Patience = 72.0
    """The same."""
    on_site_slight_h: Patience = 336.0
    """The same."""
    repaired_severe_h: Patience = 2.0
    """Somebody says that it is repaired, and the device does not confirm it."""
    repaired_moderate_h: Patience = 8.0
    """The same."""
    repaired_slight_h: Patience = 24.0
    """The same."""
    remind_every_h: Patience = 24.0
    """People are reminded again so often."""

    def patience(self, state: TicketState, severity: Severity) -> timedelta | None:
        """How long a ticket may be in a state; None where nobody is waited for."""
        if not state.waits_for_people:
            return None
        return timedelta(hours=getattr(self, f"{state.value}_{severity.value}_h"))


class TicketSettings(Settings):
    """When tickets open and close by themselves."""

    failed_after_s: Seconds = 60.0
    """A device that has failed for so long gets a ticket; one that is ill again for so long has relapsed."""
    degraded_after_h: Hours = 24.0
    """A device that is degraded by the same cause for so long gets a ticket."""
    silent_after_min: Minutes = 5.0
    """A node, or a camera that its node says nothing of, gets a ticket when it is silent for so long."""
    verified_after_min: Minutes = 10.0
    """A device that is healthy for so long has verified the repair."""
    closed_after_h: Hours = 24.0
    """A verified ticket closes by itself after so long."""
    relapse_within_h: Hours = 168.0
    """Ill again of the same within so long after it was closed: the same ticket opens again."""

    @property
    def rules(self) -> TicketRules:
        """What the state machine needs of it."""
        return TicketRules(
            verified_after=timedelta(minutes=self.verified_after_min),
            closed_after=timedelta(hours=self.closed_after_h),
            relapsed_after=timedelta(seconds=self.failed_after_s),
            relapse_within=timedelta(hours=self.relapse_within_h),
        )


class DetectorSettings(Settings):
    """When good pictures that nobody reads are a finding."""

    window_min: Annotated[float, Field(gt=0, le=1440)] = 120.0
    """Reads are compared with those of the neighbours over so long."""
    neighbours_read: Annotated[int, Field(ge=1)] = 20
    """The neighbours must have read so many on average: else there is nothing to compare with."""
    unread: Annotated[int, Field(ge=1)] = 5
    """So many vehicles in a row without one read, while the neighbours read theirs: nobody reads here."""
    failing_s: Seconds = 60.0
    """A node whose reader stumbles over most frames for so long reads nothing."""


class FleetSettings(Settings):
    """When silence becomes a finding."""

    silent_after_s: Seconds = 45.0
    """A node, or a camera of it, that was not heard of for so long is `unknown`. Nodes report every 10 s."""
    check_every_s: Seconds = 2.0
    """How often silence, and what is to be done about it, is looked for."""
