"""The store: one object with a part per noun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from central.store.accounts import ApiKeys, Sessions, Users
from central.store.commands import Commands
from central.store.corrections import Corrections
from central.store.crosschecks import CrossChecks
from central.store.database import Database, Transaction
from central.store.decisions import Decisions
from central.store.declarations import Declarations
from central.store.device_files import DeviceFiles
from central.store.devices import Cameras, Lanes, Nodes
from central.store.election import Election
from central.store.events import Events
from central.store.evidence import EvidenceFiles
from central.store.history import History
from central.store.intake import AccessLists, CommittedRanges, Cursors, DeadLetters
from central.store.lane_counters import LaneCounters
from central.store.lane_reads import LaneCounts
from central.store.notices import Notices
from central.store.outcomes import Outcomes
from central.store.passages import Passages
from central.store.platform import Connectors
from central.store.register import Register
from central.store.reports import Reports
from central.store.setup import AccessRules, Audit, KeptSettings
from central.store.sheets import Sheets
from central.store.surge import Surge
from central.store.tickets import Tickets
from central.store.traffic import Traffic
from central.store.windows import Windows
from central.store.write_backs import WriteBacks


class Store:
    """Everything that central keeps. All methods are synchronous and may be called from any thread."""

    def __init__(self, database: Database, evidence_dir: Path) -> None:
        self._database = database
        self.passages = Passages(database)
        self.declarations = Declarations(database)
        self.outcomes = Outcomes(database)
        self.corrections = Corrections(database)
        self.decisions = Decisions(database)
        self.history = History(database)
        self.nodes = Nodes(database, self.history)
        self.cameras = Cameras(database, self.history)
        self.lanes = Lanes(self.nodes, self.cameras, self.passages)
        self.lane_counts = LaneCounts(database)
        self.lane_counters = LaneCounters(database)
        self.crosschecks = CrossChecks(database)
        self.events = Events(database)
        self.traffic = Traffic(database)
        self.surge = Surge(database)
        self.reports = Reports(database)
        self.evidence = EvidenceFiles(database, evidence_dir)
        self.sheets = Sheets(database, evidence_dir / "sheets")
        self.ranges = CommittedRanges(database)
        self.election = Election(database)
        self.dead_letters = DeadLetters(database)
        self.cursors = Cursors(database)
        self.connectors = Connectors(database)
        self.write_backs = WriteBacks(database)
        self.access_lists = AccessLists(database)
        self.commands = Commands(database)
        self.register = Register(database)
        self.windows = Windows(database)
        self.tickets = Tickets(database, evidence_dir / "tickets")
        self.notices = Notices(database)
        self.device_files = DeviceFiles(database, evidence_dir / "devices")
        self.users = Users(database)
        self.sessions = Sessions(database)
        self.api_keys = ApiKeys(database)
        self.audit = Audit(database)
        self.access_rules = AccessRules(database)
        self.kept_settings = KeptSettings(database)

    @classmethod
    def open(cls, url: str, evidence_dir: Path) -> Self:
        """Connect to `url` (`sqlite:////path/central.db`, `postgresql+psycopg://…`) and bring it up to date.

        Raises:
            StoreError: the database cannot be opened, or was written by a newer program.

        """
        return cls(Database.open(url), evidence_dir)

    def close(self) -> None:
        """Give all connections back."""
        self.election.resign()
        self._database.close()

    def on_commit(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (quick; from the writing thread) after each change that a screen shows; returns "stop"."""
        return self._database.on_commit(callback)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read several things of one moment."""
        with self._database.reading() as reading:
            yield reading

    @contextmanager
    def transaction(self, at: datetime | None = None) -> Iterator[Transaction]:
        """Write several things at once: all of them become durable at the end of the block, or none."""
        with self._database.transaction(at) as transaction:
            yield transaction
