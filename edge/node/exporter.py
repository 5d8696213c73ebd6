"""The page `/metrics` for Prometheus: what the node reports of itself, and what it has counted since its start."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from contract.errors import ConfigError
from contract.messages import HealthLevel, Metrics
from edge.config import NodeConfig
from edge.gate_controller.controller import GateController
from edge.lpr.types import Observation
from edge.node.watcher import CameraWatcher

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

_FPS = "fps_"
"""These are told with the camera's name as a label instead."""


class Tally:
    """Vehicles and reads since the start."""

    def __init__(self) -> None:
        self.passages: Counter[tuple[str, str]] = Counter()
        """Lane and `read` or `unread`, to how many passages."""
        self.reads: Counter[str] = Counter()
        """Camera to reads of single frames."""

    def left(self, camera: CameraWatcher, seen: Observation) -> None:
        """Count a vehicle that left a camera's view; passages are the front cameras'."""
        self.reads[camera.settings.name] += seen.reads
        if camera.settings.view == "front":
            self.passages[camera.settings.lane, "read" if seen.plate is not None else "unread"] += 1


class Exporter:
    """Serves the page in a thread of its own, from what it was told last; it asks nothing of the disk."""

    def __init__(
        self,
        config: NodeConfig,
        watchers: Sequence[CameraWatcher],
        gates: Mapping[str, GateController],
        tally: Tally,
    ) -> None:
        self._config = config
        self._watchers = watchers
        self._gates = gates
        self._tally = tally
        self._reported: tuple[Metrics, float] | None = None
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen at `metrics.listen`; nothing where it is empty.

        Raises:
            ConfigError: the address cannot be had.

        """
        address = self._config.metrics.address
        if address is None:
            return
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        host, port = address
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise ConfigError(f"metrics.listen: cannot listen at {self._config.metrics.listen}: {error}") from error

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def port(self) -> int | None:
        """The port it listens at; None where it does not."""
        return self._server.server_port if self._server is not None else None

    def report(self, metrics: Metrics) -> None:
        """Take what the node reports to central."""
        self._reported = (metrics, time.monotonic())

    def collect(self) -> Iterator[Metric]:
        """What the page says now; called by prometheus-client for each request."""
        names = {"site": self._config.site, "node": self._config.node, "software": version("smartgate")}
        yield InfoMetricFamily("smartgate_node", "Which node this is.", names)
        yield from self._values()
        passages = CounterMetricFamily("smartgate_passages", "Vehicles that left a lane.", labels=("lane", "plate"))
        for labels, count in list(self._tally.passages.items()):
            passages.add_metric(labels, count)
        reads = CounterMetricFamily("smartgate_reads", "Plates read in single frames.", labels=("camera",))
        frames = CounterMetricFamily("smartgate_frames", "Frames looked at.", labels=("camera",))
        restarts = CounterMetricFamily(
            "smartgate_camera_restarts", "Starts of its capture process after the first.", labels=("camera",)
        )
        fps = GaugeMetricFamily("smartgate_camera_fps", "Frames a second that it gives.", labels=("camera",))
        levels = GaugeMetricFamily("smartgate_camera_level", "1 at its level of health.", labels=("camera", "level"))
        for watcher in self._watchers:
            name = watcher.settings.name
            reads.add_metric((name,), self._tally.reads[name])
            frames.add_metric((name,), watcher.frames_read)
            restarts.add_metric((name,), watcher.restarts)
            fps.add_metric((name,), watcher.fps)
            for level in HealthLevel:
                levels.add_metric((name, level), float(level is watcher.level))
        faults = CounterMetricFamily("smartgate_barrier_faults", "Faults of its barrier.", labels=("lane",))
        for lane, gate in self._gates.items():
            faults.add_metric((lane,), gate.faults)
        yield from (passages, reads, frames, restarts, fps, levels, faults)

    def _values(self) -> Iterator[Metric]:
        """The values that central gets too, each as a gauge of its own, and how old they are."""
        if self._reported is None:
            return
        metrics, at_s = self._reported
        age = "Seconds since the node's values were taken; grows when its loop stands."
        yield GaugeMetricFamily("smartgate_values_age_seconds", age, time.monotonic() - at_s)
        for name, value in metrics.values.items():
            if not name.startswith(_FPS):
                key = re.sub(r"[^a-zA-Z0-9_]", "_", name)
                yield GaugeMetricFamily(f"smartgate_{key}", "As the node reports it to central.", value)
