"""A node without cameras, to be killed: outbox, journal, link and pictures are the real ones, the traffic is made up.

Before a passage is stored its id goes to a file of truth, and after each thing that was stored what that was: flushed
to the disk, so that nobody has to believe the outbox about itself.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TextIO
from uuid import UUID, uuid4

from contract.messages import Abstention, EvidenceKind, EvidenceRef, Status
from edge.clock import boot_id
from edge.config import NodeConfig
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.proof import Proof
from edge.mqtt import NodeLink
from edge.node.journal import Journal, PassageSoFar
from edge.outbox import Outbox

SITE, NODE = "made-up", "made-up-1"


def config(data_dir: Path, port: int) -> NodeConfig:
    """A node with one lane."""
    return NodeConfig.model_validate(
        {
            "site": SITE,
            "node": NODE,
            "data_dir": data_dir,
            "mqtt": {"host": "127.0.0.1", "port": port, "tls": False, "resend_after_s": 2.0},
            "lanes": [{"lane": "in-1", "direction": "in"}],
            "cameras": [{"name": "in-1-front", "lane": "in-1", "source": "http://192.0.2.1/video.mjpeg"}],
        }
    )


def _proof() -> Proof:
    jpeg = secrets.token_bytes(3000)
    name = sha256(jpeg).hexdigest()
    return Proof(
        EvidenceRef(kind=EvidenceKind.CROP, sha256=name, camera="in-1-front", captured_at=datetime.now(UTC)), jpeg
    )


def _seen(passage_id: UUID, revision: int, proof: Proof) -> PassageSoFar:
    now = datetime.now(UTC)
    return PassageSoFar(
        passage_id=passage_id,
        first_seen_at=now,
        last_seen_at=now,
        frames=3,
        reads=0,
        plate=None,
        abstained=Abstention.ILLEGIBLE,
        evidence=(proof.ref,),
        revision=revision,
    )


def _write(truth: TextIO, *words: object) -> None:
    print(*words, file=truth, flush=True)
    os.fsync(truth.fileno())


def _traffic(settings: NodeConfig, journal: Journal, truth: TextIO) -> None:
    for number in count(1):
        passage_id = uuid4()
        _write(truth, "begun", passage_id)
        for revision in (0, 1):
            proof = _proof()
            assert journal.record(settings.lanes[0], _seen(passage_id, revision, proof), [proof])
            _write(truth, "stored", passage_id, revision, proof.ref.sha256)
        print(number, flush=True)


def main(data_dir: Path, port: int, *, traffic: bool) -> None:
    """Make traffic until killed; without `traffic` end when central has everything."""
    settings = config(data_dir, port)
    with Outbox.open(data_dir / "outbox.db") as outbox, (data_dir / "truth").open("a", encoding="ascii") as truth:
        birth = Status(
            site=SITE,
            node=NODE,
            online=True,
            boot_id=boot_id(),
            outbox_id=outbox.outbox_id,
            started_at=datetime.now(UTC),
        )
        link = NodeLink(settings.mqtt, outbox, birth, on_access=lambda _: None, on_command=lambda _: None)
        keeper = EvidenceKeeper(settings.evidence, data_dir / "evidence", outbox.pictures)
        keeper.start()
        link.start()
        if traffic:
            _traffic(settings, Journal(settings, outbox, models={}, on_stored=link.outbox_grew), truth)
        while outbox.counts().pending:
            time.sleep(0.05)
        link.stop()
        keeper.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), traffic=sys.argv[3] == "traffic")
