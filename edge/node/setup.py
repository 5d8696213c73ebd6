"""What people at central set at a node: where lanes lie, how cameras should look, who moves barriers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from contract.errors import StoreError
from contract.messages import Command
from edge.node.modes import LaneModes
from edge.node.regions import Regions
from edge.node.watcher import CameraWatcher


class Setup:
    """Carries out commands that set something. Each returns why not, if not."""

    def __init__(
        self,
        watchers: Sequence[CameraWatcher],
        regions: Regions,
        modes: LaneModes,
        *,
        tell_birth: Callable[[], None],
    ) -> None:
        """`tell_birth` has central hear what is in force, before the answer to the command."""
        self._watchers = watchers
        self._regions = regions
        self._modes = modes
        self._tell_birth = tell_birth

    def picture_wanted(self, lane: str) -> None:
        """Have the cameras of a lane send large pictures."""
        for watcher in self._watchers:
            if watcher.settings.lane == lane:
                watcher.report_soon()

    def set_region(self, command: Command) -> str | None:
        """Take another region for a camera's lane."""
        watcher = self._watcher_of(command)
        if watcher is None:
            return f"lane {command.lane} has no camera {command.camera}"
        name = watcher.settings.name
        try:
            self._regions.set(name, command.region, actor=command.actor, at=datetime.now(UTC))
        except StoreError as error:
            return str(error)
        watcher.set_region(self._regions.of(name))
        self._tell_birth()
        return None

    def confirm_view(self, command: Command) -> str | None:
        """Hold a camera against what it shows from now on."""
        watcher = self._watcher_of(command)
        if watcher is None:
            return f"lane {command.lane} has no camera {command.camera}"
        if watcher.fps <= 0:
            return f"camera {command.camera} has no picture now"
        watcher.confirm_view()
        return None

    def set_mode(self, command: Command) -> str | None:
        """Let somebody else move a lane's barrier."""
        fault = self._modes.set(command, datetime.now(UTC))
        if fault is None:
            self._tell_birth()
        return fault

    def _watcher_of(self, command: Command) -> CameraWatcher | None:
        wanted = (command.camera, command.lane)
        return next((one for one in self._watchers if (one.settings.name, one.settings.lane) == wanted), None)
