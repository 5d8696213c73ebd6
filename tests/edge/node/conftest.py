"""A lane with an outbox, and vehicles that its cameras saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.messages import (
    Abstention,
    AccessEntry,
    AccessList,
    Direction,
    Evidence,
    LaneMode,
    Passage,
    PlateRead,
)
from contract.plate import PlateColour, PlateCountry, PlateKind
from contract.topics import parse_message
from edge.config import NodeConfig
from edge.evidence.keeper import EvidenceKeeper
from edge.frame import Frame
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.controller import GateController
from edge.gate_controller.settings import Passback
from edge.gate_controller.whereabouts import Whereabouts
from edge.lpr.types import Observation
from edge.node.journal import Journal
from edge.node.lane import LaneRunner
from edge.outbox import Outbox


@dataclass
class LaneHouse:
    """What stands around a lane under test. Times are seconds from `began_at`."""

    config: NodeConfig
    outbox: Outbox
    access: AccessListKeeper
    journal: Journal
    evidence: EvidenceKeeper
    whereabouts: Whereabouts
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=1))

    def at(self, seconds: float) -> datetime:
        """A time of the story."""
        return self.began_at + timedelta(seconds=seconds)

    def list_plate(self, plate: str) -> None:
        """Put a plate on the access list."""
        entry = AccessEntry(plate=plate, direction=Direction.IN, valid_from=self.at(-3600), valid_until=self.at(3600))
        self.access.current = AccessList(
            site="made-up",
            node="made-up-1",
            version=5,
            issued_at=self.at(-60),
            expires_at=self.at(7200),
            entries=(entry,),
        )

    def seen(
        self,
        text: str | None,
        first_s: float,
        last_s: float,
        *,
        camera: str = "in-1-front",
        confidence: float = 0.97,
        grey: int = 128,
        clock_set_by_s: float = 0.0,
    ) -> Observation:
        """What a camera saw of one vehicle; `grey` makes its picture its own."""
        last_at = self.at(last_s + clock_set_by_s)
        image = np.full((90, 160, 3), grey, np.uint8)
        return Observation(
            first_seen_at=self.at(first_s),
            last_seen_at=last_at,
            first_monotonic_s=1000 + first_s,
            last_monotonic_s=1000 + last_s,
            direction=Direction.IN,
            plate=read(text, confidence) if text else None,
            second_plate=None,
            abstained=None if text else Abstention.NO_PLATE_FOUND,
            frames=12,
            reads=8 if text else 0,
            best_frame=Frame(image, camera, last_at, 1000 + last_s, 7),
            best_crop=np.ascontiguousarray(image[40:60, 40:120]) if text else None,
        )

    def told(self) -> list[Passage]:
        """Every passage message in the outbox, in order."""
        return [message for message in self._messages() if isinstance(message, Passage)]

    def pictures(self) -> list[Evidence]:
        """Every picture in the outbox, in order."""
        return [message for message in self._messages() if isinstance(message, Evidence)]

    def _messages(self) -> list[Any]:
        waiting = sorted(self.outbox.pending(10_000), key=lambda pending: pending.seq)
        return [parse_message(pending.topic, pending.payload) for pending in waiting]


def read(text: str, confidence: float = 0.97) -> PlateRead:
    """A plate as read."""
    return PlateRead(
        text=text,
        confidence=confidence,
        country=PlateCountry.VN,
        kind=PlateKind.VN_CIVIL,
        colour=PlateColour.YELLOW,
        lines=1,
    )


def node_config(data_dir: Path) -> NodeConfig:
    """A node with one lane that has a front and a rear camera."""
    return NodeConfig.model_validate(
        {
            "site": "made-up",
            "node": "made-up-1",
            "data_dir": data_dir,
            "mqtt": {"host": "127.0.0.1", "port": 1, "tls": False},
            "lanes": [{"lane": "in-1", "direction": "in"}],
            "cameras": [
                {"name": "in-1-front", "lane": "in-1", "source": "http://192.0.2.1/video.mjpeg"},
                {"name": "in-1-rear", "lane": "in-1", "source": "http://192.0.2.2/video.mjpeg", "view": "rear"},
            ],
        }
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LaneHouse]:
    """An outbox, a journal and an access list that is empty."""
    config = node_config(tmp_path)
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        access = AccessListKeeper(tmp_path / "access-list.json", "")
        journal = Journal(config, outbox, models={"made-up": "1"}, on_stored=lambda: None)
        evidence = EvidenceKeeper(config.evidence, tmp_path / "evidence", outbox.pictures)
        yield LaneHouse(config, outbox, access, journal, evidence, Whereabouts(tmp_path / "went-through.jsonl"))


@pytest.fixture
def make_lane(house: LaneHouse) -> Callable[..., LaneRunner]:
    """Lane in-1 in a mode, with a barrier or without."""

    def make(
        *, gate: GateController | None = None, mode: LaneMode = LaneMode.AUTO, passback: Passback = Passback.SOFT
    ) -> LaneRunner:
        lane = house.config.lanes[0]
        barrier = lane.barrier.model_copy(update={"anti_passback": passback})
        lane = lane.model_copy(update={"barrier": barrier})
        return LaneRunner(
            lane,
            house.journal,
            access=house.access,
            gate=gate,
            whereabouts=house.whereabouts,
            join_window_s=20.0,
            mode=lambda: mode,
        )

    return make
