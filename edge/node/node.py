"""Joins everything of one node and runs it until it is told to stop."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from datetime import UTC, datetime

import structlog

from contract.errors import ConfigError, StoreError
from contract.messages import AccessList, Command
from edge.config import LaneSettings, NodeConfig
from edge.evidence.keeper import EvidenceKeeper
from edge.frame import Frame
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import open_driver
from edge.gate_controller.whereabouts import Whereabouts
from edge.lpr.engine import PlateReader
from edge.lpr.types import LaneEvent, PlateSettled, VehicleLeft
from edge.mode_book import MODES_FILE
from edge.mqtt import NodeLink
from edge.node.birth import Birth
from edge.node.booth import Booth
from edge.node.clock_watch import ClockWatch
from edge.node.commands import CommandDesk
from edge.node.exporter import Exporter, Tally
from edge.node.journal import Journal
from edge.node.lane import LaneRunner
from edge.node.lane_counts import LaneCountTeller
from edge.node.machine_watch import MachineWatch
from edge.node.modes import LaneModes
from edge.node.regions import Regions
from edge.node.reload import Reload, change
from edge.node.senses import LaneSenses
from edge.node.service import ServiceManager
from edge.node.setup import Setup
from edge.node.signs import VitalSigns
from edge.node.watcher import CameraWatcher
from edge.outbox import Outbox

log = structlog.get_logger(__name__)
_IDLE_S = 0.02
_TICK_S = 1.0
_FLUSH_S = 1.5


def run_node(
    config: NodeConfig,
    reader: PlateReader,
    stop: threading.Event,
    *,
    manager: ServiceManager | None = None,
    reload: Reload | None = None,
) -> None:
    """Run a node with its outbox in `data_dir` until `stop` is set.

    `manager` hears how it does; `reload` asks for the configuration to be read again.

    Raises:
        ConfigError: a barrier, key, password file or address in the configuration cannot be used.

    """
    with Outbox(config.data_dir / "outbox.db") as outbox:
        try:
            outbox.counts()
        except StoreError as error:
            log.error("no outbox yet; the gate works on and keeps in memory what passes", reason=str(error))  # noqa: TRY400 - the disk, no bug
        Node(config, reader, outbox, manager=manager or ServiceManager(), reload=reload).run(stop)


class Node:
    """One edge computer: one thread reads all its cameras; barriers, captures and the link have their own."""

    def __init__(
        self,
        config: NodeConfig,
        reader: PlateReader,
        outbox: Outbox,
        *,
        manager: ServiceManager,
        reload: Reload | None = None,
    ) -> None:
        self._config = config
        self._manager = manager
        self._reload = reload
        self._outbox = outbox
        self._access = AccessListKeeper(config.data_dir / "access-list.json", config.central_public_key)
        self._whereabouts = Whereabouts(config.data_dir / "went-through.jsonl")
        self._gates = {
            lane.lane: GateController(lane.lane, driver, lane.barrier)
            for lane in config.lanes
            if (driver := open_driver(lane.barrier)) is not None
        }
        self._regions = Regions(config.data_dir / "regions.json", config.cameras)
        self._regions.load()
        senses = {lane.lane: self._senses_of(lane) for lane in config.lanes}
        self._watchers = [
            CameraWatcher(config, camera, reader, senses=senses[camera.lane], region=self._regions.of(camera.name))
            for camera in config.cameras
        ]
        self._modes = LaneModes(
            config.data_dir / MODES_FILE, config.lanes, with_barrier=self._gates, access=self._access
        )
        self._modes.load(datetime.now(UTC))
        self._birth = Birth(config, outbox, models=reader.versions, regions=self._regions, modes=self._modes)
        self._link = NodeLink(
            config.mqtt,
            outbox,
            self._birth.message(),
            on_access=self._take_access_list,
            on_command=self._obey,
        )
        self._booth = Booth(
            config,
            outbox,
            self._gates,
            lanes=lambda: self._birth.lanes,
            connected=lambda: self._link.connected,
            open_lane=lambda lane, wish, at: self._lanes[lane].opened_by_operator(wish, at),
            on_stored=self._link.outbox_grew,
        )
        self._journal = Journal(
            config,
            outbox,
            models=reader.versions,
            on_stored=self._link.outbox_grew,
            on_told=self._booth.told,
        )
        self._lanes = {
            lane.lane: LaneRunner(
                lane,
                self._journal,
                access=self._access,
                gate=self._gates.get(lane.lane),
                whereabouts=self._whereabouts,
                join_window_s=config.join_window_s,
                mode=functools.partial(self._modes.of, lane.lane),
            )
            for lane in config.lanes
        }
        self._counts = LaneCountTeller(config, outbox, self._with_loop(), on_stored=self._link.outbox_grew)
        self._evidence = EvidenceKeeper(config.evidence, config.data_dir / "evidence", outbox.pictures)
        setup = Setup(self._watchers, self._regions, self._modes, tell_birth=self._tell_birth)
        self._desk = CommandDesk(
            self._lanes,
            self._gates,
            evidence=self._evidence,
            answer=self._link.tell,
            picture_wanted=setup.picture_wanted,
            set_region=setup.set_region,
            set_mode=setup.set_mode,
            confirm_view=setup.confirm_view,
        )
        self._tally = Tally()
        self._exporter = Exporter(config, self._watchers, self._gates, self._tally)
        self._machine = MachineWatch(config.data_dir)
        self._clocks = ClockWatch(config.cameras)
        self._signs = VitalSigns(
            config,
            outbox,
            watchers=self._watchers,
            journal=self._journal,
            evidence=self._evidence,
            machine=self._machine,
            connected=lambda: self._link.connected,
        )
        self._failing: set[CameraWatcher] = set()
        self._stuck: list[str] = []

    def _with_loop(self) -> dict[str, GateController]:
        lanes = [lane for lane in self._config.lanes if lane.barrier.has_loop]
        return {lane.lane: self._gates[lane.lane] for lane in lanes if lane.lane in self._gates}

    def _senses_of(self, lane: LaneSettings) -> LaneSenses:
        cameras = sorted(self._config.cameras_of(lane.lane), key=lambda camera: camera.view != "front")
        gate = self._with_loop().get(lane.lane)
        senses = LaneSenses(self._config.data_dir, lane.lane, gate, [camera.name for camera in cameras])
        senses.load()
        return senses

    def run(self, stop: threading.Event) -> None:
        """Watch the lanes until `stop`; then close the vehicles in view and leave everything on disk."""
        self._access.load()
        self._whereabouts.load(datetime.now(UTC))
        with contextlib.ExitStack() as running:
            self._exporter.start()
            running.callback(self._exporter.stop)
            for watch in (self._machine, self._clocks):
                watch.start()
                running.callback(watch.stop)
            self._evidence.start()
            running.callback(self._evidence.stop)
            self._link.start()
            running.callback(self._link.stop)
            running.callback(self._drain)
            running.callback(self._counts.stop)
            for gate in self._gates.values():
                gate.start()
                running.callback(gate.stop)
            self._booth.start()
            running.callback(self._booth.stop)
            for watcher in self._watchers:
                watcher.start()
                running.callback(self._close, watcher)
            log.info("node runs", site=self._config.site, node=self._config.node, cameras=len(self._watchers))
            self._manager.ready(self._status())
            self._watch(stop)
            self._manager.stopping()
        log.info("node stopped", messages_waiting=self._waiting())

    def _watch(self, stop: threading.Event) -> None:
        ticked_s = reported_s = time.monotonic()
        while not stop.is_set():
            worked = self._read_newest(stop)
            now_s = time.monotonic()
            if now_s - ticked_s >= _TICK_S:
                ticked_s = now_s
                self._tick()
            if now_s - reported_s >= self._config.report_every_s:
                reported_s = now_s
                metrics = self._signs.measure()
                self._link.tell(metrics)
                self._exporter.report(metrics)
                self._booth.told_metrics(metrics)
                self._manager.status(self._status())
            if self._reload is not None and self._reload.asked():
                self._read_configuration(self._reload)
            self._tell_alive()
            if not worked:
                stop.wait(_IDLE_S)

    def _tell_alive(self) -> None:
        """A sign of life for the watchdog: this loop turns, and so does every barrier's thread."""
        stuck = [lane for lane, gate in self._gates.items() if not gate.turning]
        if stuck and stuck != self._stuck:
            log.error("barrier does not turn; the watchdog hears nothing until it does", lanes=stuck)
        self._stuck = stuck
        if not stuck:
            self._manager.alive()

    def _status(self) -> str:
        """One line for a person."""
        seeing = sum(watcher.fps > 0 for watcher in self._watchers)
        broker = "reached" if self._link.connected else "away"
        return f"{seeing} of {len(self._watchers)} cameras give pictures; broker {broker}"

    def _read_configuration(self, reload: Reload) -> None:
        """Take what may change live from the file as it is now, and say what needs a restart."""
        self._manager.reloading()
        try:
            news = change(self._config, reload.load())
        except ConfigError as error:
            log.error("configuration refused, nothing is changed", reason=str(error))  # noqa: TRY400 - the file, no bug
            self._manager.ready("the changed configuration is refused, see the log; the node runs on with the former")
            return
        self._config = news.config
        before = self._regions.told
        self._regions.configure(news.config.cameras)
        for watcher in self._watchers:
            watcher.use(news.config)
            name = watcher.settings.name
            if self._regions.told.get(name) != before.get(name):
                watcher.set_region(self._regions.of(name))
        self._journal.use(news.config)
        self._evidence.use(news.config.evidence)
        self._birth.use(news.config)
        self._tell_birth()
        reload.on_applied(news.config)
        log.info("configuration read again", applied=news.applied, needs_restart=news.needs_restart)
        if news.needs_restart:
            log.warning(
                "not in force before a restart; a lane's mode is set at once from central", keys=news.needs_restart
            )
        waiting = f"; needs a restart: {', '.join(news.needs_restart)}" if news.needs_restart else ""
        self._manager.ready(self._status() + waiting)

    def _read_newest(self, stop: threading.Event) -> bool:
        """One turn over the cameras, busy lanes first, the newest frame of each; true when there was one."""
        worked = False
        for watcher in sorted(self._watchers, key=lambda watcher: not watcher.busy):
            frame = watcher.newest()
            if frame is not None and not stop.is_set():
                worked = True
                began_s = time.perf_counter()
                self._read(watcher, frame)
                self._signs.frame_read(time.perf_counter() - began_s)
        return worked

    def _read(self, watcher: CameraWatcher, frame: Frame) -> None:
        try:
            events = watcher.take(frame)
        except Exception:  # one camera's odd frame must not stop the other lanes
            self._signs.frame_failed()
            if watcher not in self._failing:  # told once, not five times a second
                log.exception("frames not read", camera=watcher.settings.name, shape=frame.image.shape)
            self._failing.add(watcher)
            return
        self._failing.discard(watcher)
        self._handle(watcher, events)

    def _tick(self) -> None:
        now = datetime.now(UTC)
        clocks = dict(self._clocks.told())
        for watcher in self._watchers:
            if watcher.settings.name in clocks:
                watcher.duties.clock_answered(clocks[watcher.settings.name])
            health = watcher.report(every_s=self._config.report_every_s)
            if health is not None:
                self._link.tell_health(health)
                self._booth.told_health(health)
        for lane in self._lanes.values():
            lane.tick(now)
        self._journal.store()
        self._counts.tick()
        self._modes.store()
        self._booth.tick()

    def _close(self, watcher: CameraWatcher) -> None:
        self._handle(watcher, watcher.stop())

    def _drain(self) -> None:
        """Give central a moment to commit the last messages; what stays waits on disk."""
        until_s = time.monotonic() + _FLUSH_S
        while self._link.connected and self._waiting() and time.monotonic() < until_s:
            time.sleep(0.05)

    def _waiting(self) -> int | None:
        """Messages that central does not have; None when the disk does not tell."""
        try:
            return self._outbox.counts().pending
        except StoreError:
            return None

    def _handle(self, watcher: CameraWatcher, events: list[LaneEvent]) -> None:
        lane, camera = self._lanes[watcher.settings.lane], watcher.settings
        for event in events:
            if isinstance(event, VehicleLeft):
                self._tally.left(watcher, event.observation)
            if camera.view == "rear":
                if isinstance(event, VehicleLeft):
                    lane.rear_left(camera.name, event)
            elif isinstance(event, PlateSettled):
                lane.settled(camera.name, event)
            elif isinstance(event, VehicleLeft):
                lane.left(camera.name, event)

    def _take_access_list(self, access: AccessList) -> None:
        if self._access.take(access):
            log.info("access list taken", version=access.version, entries=len(access.entries))

    def _obey(self, command: Command) -> None:
        self._desk.take(command)

    def _tell_birth(self) -> None:
        self._link.tell_birth(self._birth.message())
