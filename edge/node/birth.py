"""What a node tells of itself when it connects, and again when something of it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from contract.messages import LaneInfo, Status
from edge.clock import boot_id, stamp
from edge.config import NodeConfig
from edge.node.modes import LaneModes
from edge.node.regions import Regions
from edge.outbox import Outbox


class Birth:
    """The node's birth as it is now."""

    def __init__(
        self, config: NodeConfig, outbox: Outbox, *, models: dict[str, str], regions: Regions, modes: LaneModes
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._models = models
        self._regions = regions
        self._modes = modes
        self._started_at = datetime.now(UTC)

    def use(self, config: NodeConfig) -> None:
        """From now on it is told with this configuration."""
        self._config = config

    @property
    def lanes(self) -> tuple[LaneInfo, ...]:
        """The lanes with the modes that count now."""
        return self._modes.told(self._config.lane_infos())

    def message(self) -> Status:
        """What is to be told now."""
        return Status(
            site=self._config.site,
            node=self._config.node,
            online=True,
            boot_id=boot_id(),
            outbox_id=self._outbox.outbox_id,
            started_at=self._started_at,
            software=version("smartgate"),
            models=self._models,
            config_hash=self._config.config_hash(),
            lanes=self.lanes,
            regions=self._regions.told,
            stamp=stamp(),
        )
