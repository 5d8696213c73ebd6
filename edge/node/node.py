"""Joins everything of one node and runs it until it is told to stop."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import structlog

from contract.errors import MessageError
from contract.messages import AccessList, Command, CommandKind, CommandResult, LaneInfo, Metrics, Status
from edge.clock import boot_id, stamp
from edge.config import NodeConfig
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import open_driver
from edge.lpr.engine import PlateReader
from edge.lpr.types import LaneEvent, PlateSettled, VehicleLeft
from edge.mqtt import NodeLink
from edge.node.lane import LaneRunner
from edge.node.watcher import CameraWatcher
from edge.outbox import Outbox

log = structlog.get_logger(__name__)
_IDLE_S = 0.02
_ASSESS_S = 1.0
_FLUSH_S = 1.5
_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")


class Node:
    """One edge computer. `run` does the work and returns after `stop` is set."""

    def __init__(self, config: NodeConfig, reader: PlateReader) -> None:
        self._config = config
        self._outbox = Outbox(config.data_dir / "outbox.db")
        self._access = AccessListKeeper(config.data_dir / "access-list.json", config.central_public_key)
        self._gates = {
            lane.lane: GateController(lane.lane, driver, lane.barrier)
            for lane in config.lanes
            if (driver := open_driver(lane.barrier)) is not None
        }
        self._watchers = [CameraWatcher(config, camera, reader) for camera in config.cameras]
        self._link = NodeLink(
            config.mqtt,
            self._outbox,
            self._birth(reader),
            on_access=self._take_access_list,
            on_command=self._obey,
        )
        self._lanes = {
            lane.lane: LaneRunner(
                config,
                lane,
                outbox=self._outbox,
                access=self._access,
                gate=self._gates.get(lane.lane),
                models=reader.versions,
                on_stored=self._link.outbox_grew,
            )
            for lane in config.lanes
        }
        self._obeyed: deque[UUID] = deque(maxlen=1000)
        self._read_ms = 0.0

    def run(self, stop: threading.Event) -> None:
        """Watch the lanes until `stop`; then close the vehicles in view and leave everything on disk."""
        self._access.load()
        for gate in self._gates.values():
            gate.start()
        for watcher in self._watchers:
            watcher.start()
        self._link.start()
        log.info("node runs", site=self._config.site, node=self._config.node, cameras=len(self._watchers))
        try:
            self._loop(stop)
        finally:
            self._end()

    def _loop(self, stop: threading.Event) -> None:
        assessed_s = reported_s = time.monotonic()
        while not stop.is_set():
            worked = False
            for watcher in sorted(self._watchers, key=lambda watcher: not watcher.busy):
                frame = watcher.newest()
                if frame is not None:
                    worked = True
                    began_s = time.perf_counter()
                    self._handle(watcher, watcher.take(frame))
                    self._read_ms += 0.1 * ((time.perf_counter() - began_s) * 1000 - self._read_ms)
            now_s = time.monotonic()
            if now_s - assessed_s >= _ASSESS_S:
                assessed_s = now_s
                for watcher in self._watchers:
                    health = watcher.report(every_s=self._config.report_every_s)
                    if health is not None:
                        self._link.tell_health(health)
            if now_s - reported_s >= self._config.report_every_s:
                reported_s = now_s
                self._link.tell(self._metrics())
            if not worked:
                stop.wait(_IDLE_S)

    def _end(self) -> None:
        for watcher in self._watchers:
            self._handle(watcher, watcher.stop())
        for gate in self._gates.values():
            gate.stop()
        until_s = time.monotonic() + _FLUSH_S
        while self._link.connected and self._outbox.counts().pending and time.monotonic() < until_s:
            time.sleep(0.05)
        self._link.stop()
        self._outbox.close()
        log.info("node stopped")

    def _handle(self, watcher: CameraWatcher, events: list[LaneEvent]) -> None:
        lane = self._lanes[watcher.settings.lane]
        for event in events:
            if watcher.settings.view == "rear":
                if isinstance(event, VehicleLeft):
                    lane.rear_left(event)
            elif isinstance(event, PlateSettled):
                lane.settled(event)
            elif isinstance(event, VehicleLeft):
                lane.left(event)

    def _birth(self, reader: PlateReader) -> Status:
        config = self._config
        return Status(
            site=config.site,
            node=config.node,
            online=True,
            boot_id=boot_id(),
            outbox_id=self._outbox.outbox_id,
            started_at=datetime.now(UTC),
            software=version("smartgate"),
            models=reader.versions,
            config_hash=config.config_hash(),
            lanes=tuple(
                LaneInfo(
                    lane=lane.lane,
                    direction=lane.direction,
                    mode=lane.mode,
                    cameras=tuple(camera.name for camera in config.cameras_of(lane.lane)),
                )
                for lane in config.lanes
            ),
        )

    def _metrics(self) -> Metrics:
        counts = self._outbox.counts()
        values = {
            "outbox_pending": float(counts.pending),
            "outbox_last_seq": float(counts.last_seq),
            "disk_free_mb": shutil.disk_usage(self._config.data_dir).free / 1e6,
            "frame_ms": round(self._read_ms, 1),
        }
        values |= {f"fps_{w.settings.name.replace('-', '_')}": round(w.fps, 2) for w in self._watchers}
        if _TEMPERATURE.is_file():
            values["cpu_temperature_c"] = int(_TEMPERATURE.read_text(encoding="ascii")) / 1000
        return Metrics(site=self._config.site, node=self._config.node, stamp=stamp(), values=values)

    def _take_access_list(self, access: AccessList) -> None:
        try:
            if self._access.take(access):
                log.info("access list taken", version=access.version, entries=len(access.entries))
        except MessageError as error:
            log.warning("access list refused", reason=str(error))

    def _obey(self, command: Command) -> None:
        done, detail = self._carry_out(command)
        self._obeyed.append(command.command_id)
        self._link.tell(
            CommandResult(
                site=self._config.site,
                node=self._config.node,
                command_id=command.command_id,
                done=done,
                detail=detail,
                stamp=stamp(),
            )
        )

    def _carry_out(self, command: Command) -> tuple[bool, str]:
        gate = self._gates.get(command.lane)
        if command.command_id in self._obeyed:
            return False, "repeated: it was carried out before"
        if datetime.now(UTC) >= command.expires_at:
            return False, "expired"
        if gate is None:
            return False, f"lane {command.lane} has no barrier here"
        if command.kind is CommandKind.OPEN:
            self._lanes[command.lane].opened_by_operator(datetime.now(UTC))
        elif command.kind in (CommandKind.HOLD, CommandKind.RELEASE):
            gate.hold(held=command.kind is CommandKind.HOLD)
        else:
            return False, f"{command.kind} is not known to this node"
        return True, ""
