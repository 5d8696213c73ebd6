"""Settings of how central judges nodes and cameras."""

from __future__ import annotations

from central.settings import Seconds, Settings


class FleetSettings(Settings):
    """When silence becomes a finding."""

    silent_after_s: Seconds = 45.0
    """A node, or a camera of it, that was not heard of for so long is `unknown`. Nodes report every 10 s."""
    check_every_s: Seconds = 2.0
    """How often silence is looked for."""
