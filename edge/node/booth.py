"""The node's own page in the booth, and what the node tells it. Off unless `[booth]` is configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from contract.messages import CameraHealth, LaneInfo, Metrics
from edge.booth.board import Board, NodeSource, Seen
from edge.booth.openings import Openings
from edge.config import LaneSettings, NodeConfig
from edge.evidence.files import EvidenceFiles
from edge.gate_controller.barrier import Mode, Wish
from edge.gate_controller.controller import GateController
from edge.node.journal import PassageSoFar
from edge.outbox import Outbox

if TYPE_CHECKING:
    from edge.booth.server import BoothServer

log = structlog.get_logger(__name__)


class Booth:
    """Hears what the node does, and serves its page. Nothing that fails here ends the node."""

    def __init__(
        self,
        config: NodeConfig,
        outbox: Outbox,
        gates: Mapping[str, GateController],
        *,
        lanes: Callable[[], tuple[LaneInfo, ...]],
        connected: Callable[[], bool],
        open_lane: Callable[[str, Wish, datetime], None],
        on_stored: Callable[[], None],
    ) -> None:
        """`lanes`: as they are now; `connected`: whether the broker is reached.

        `open_lane` has a lane's barrier opened for a person.
        """
        self._config = config
        modes = {lane: _mode_of(gate) for lane, gate in gates.items()}
        source = NodeSource(lanes, modes, connected)
        self._board = Board(source, outbox, EvidenceFiles(config.data_dir / "evidence"))
        self._openings = Openings(
            site=config.site,
            node=config.node,
            outbox=outbox,
            lanes=gates.keys(),
            open_lane=open_lane,
            on_stored=on_stored,
        )
        self._server: BoothServer | None = None

    def start(self) -> None:
        """Serve the page, where one is wanted."""
        settings = self._config.booth
        if settings is None:
            return
        try:
            from edge.booth.logins import Logins
            from edge.booth.pages import create_app
            from edge.booth.persons import Persons
            from edge.booth.server import BoothServer
        except ImportError as error:
            log.error("the booth page is not served: a package is missing", reason=str(error))  # noqa: TRY400 - told in words
            return
        self._board.recall()
        title = f"{self._config.site} · {self._config.node}"
        app = create_app(title, settings, self._board, self._openings, Logins(Persons(settings.persons_file)))
        self._server = BoothServer(app, settings)
        self._server.start()

    def stop(self) -> None:
        """Serve it no more."""
        if self._server is not None:
            self._server.stop()

    @property
    def port(self) -> int | None:
        """The port that it listens at; None while it does not."""
        return self._server.port if self._server is not None and self._server.listening.is_set() else None

    def tick(self) -> None:
        """Put on disk what the disk refused before."""
        self._openings.store()

    def told(self, lane: LaneSettings, passage: PassageSoFar) -> None:
        """A passage was told, or more of one."""
        self._board.take(
            Seen(
                passage_id=passage.passage_id,
                lane=lane.lane,
                direction=passage.direction or lane.direction,
                first_seen_at=passage.first_seen_at,
                plate=passage.plate,
                abstained=passage.abstained,
                second_plate=passage.second_plate,
                container=passage.container,
                cancelled=passage.cancelled,
                decision=passage.decision,
                evidence=passage.evidence,
            )
        )

    def told_health(self, health: CameraHealth) -> None:
        """A camera told how it does."""
        self._board.take_health(health)

    def told_metrics(self, metrics: Metrics) -> None:
        """The node told how it does."""
        self._board.take_metrics(metrics)


def _mode_of(gate: GateController) -> Callable[[], Mode]:
    return lambda: gate.mode
