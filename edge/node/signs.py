"""A node's vital signs, as central and the pages of the node are told them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from contract.errors import StoreError
from contract.messages import Metrics
from edge.clock import stamp
from edge.config import NodeConfig
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.settings import LEAST_FREE_BYTES
from edge.health.device import NodeMonitor, Readings
from edge.lpr.runtime import has_idle_accelerator
from edge.node.journal import Journal
from edge.node.machine_watch import MachineWatch
from edge.node.watcher import CameraWatcher
from edge.outbox import Outbox

_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")


class VitalSigns:
    """Measures the node's parts. `frame_read` and `frame_failed` hear how reading goes."""

    def __init__(
        self,
        config: NodeConfig,
        outbox: Outbox,
        *,
        watchers: Sequence[CameraWatcher],
        journal: Journal,
        evidence: EvidenceKeeper,
        machine: MachineWatch,
        connected: Callable[[], bool],
    ) -> None:
        """`connected`: whether the broker is reached."""
        self._config = config
        self._outbox = outbox
        self._watchers = watchers
        self._journal = journal
        self._evidence = evidence
        self._machine = machine
        self._connected = connected
        self._monitor = NodeMonitor()
        self._idle_accelerator = has_idle_accelerator()
        self._frame_ms = 0.0
        self._frames_failed = 0

    def frame_read(self, took_s: float) -> None:
        """A frame was read, or could not be, within so long."""
        self._frame_ms += 0.1 * (took_s * 1000 - self._frame_ms)

    def frame_failed(self) -> None:
        """The reader stumbled over a frame."""
        self._frames_failed += 1

    def measure(self) -> Metrics:
        """The vital signs now, and what is wrong with the node. What cannot be measured is left out, and counted."""
        values = {
            "not_on_disk": float(self._journal.owed),
            "given_up": float(self._journal.given_up),
            "without_pictures": float(self._journal.without_pictures),
            "pictures_doubted": float(self._journal.doubted),
            "load_1min": round(os.getloadavg()[0], 2),
            "frame_ms": round(self._frame_ms, 1),
            "frames_failed": float(self._frames_failed),
        }
        values |= {f"fps_{w.settings.name.replace('-', '_')}": round(w.fps, 2) for w in self._watchers}
        failing = 0
        for part in (self._outbox_values, self._outbox.damage, self._evidence.metrics, self._machine_values):
            try:
                values |= part()
            except (StoreError, OSError):  # a report must not end the node; what writes says why in the log
                failing += 1
        values["reports_failing"] = float(failing)
        moment = stamp()
        self._monitor.look(
            Readings(
                temperature_c=self._machine.temperature_c,
                throttled=self._machine.throttled,
                disk_free_mb=values.get("disk_free_mb"),
                disk_least_mb=LEAST_FREE_BYTES / 1e6,
                disk_used_percent=self._machine.disk_used_percent,
                not_on_disk=self._journal.owed,
                time_quality=moment.time_quality,
                broker_reached=self._connected(),
                frame_s=self._frame_ms / 1000,
                idle_accelerator=self._idle_accelerator,
            ),
            now=moment.at,
            now_s=moment.monotonic_s,
        )
        return Metrics(
            site=self._config.site,
            node=self._config.node,
            stamp=moment,
            values=values,
            findings=self._monitor.findings,
            unjudged=self._monitor.unjudged,
        )

    def _outbox_values(self) -> dict[str, float]:
        counts = self._outbox.counts()
        return {
            "outbox_pending": float(counts.pending),
            "outbox_last_seq": float(counts.last_seq),
            "outbox_mb": round(counts.disk_bytes / 1e6, 1),
        }

    def _machine_values(self) -> dict[str, float]:
        values = {"disk_free_mb": float(round(shutil.disk_usage(self._config.data_dir).free / 1e6))}
        if _TEMPERATURE.is_file():
            values["cpu_temperature_c"] = int(_TEMPERATURE.read_text(encoding="ascii")) / 1000
        return values
