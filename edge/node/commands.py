"""Wishes of people at central, carried out at most once and not after they expired."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

import structlog

from contract.errors import StoreError
from contract.messages import Command, CommandKind, CommandResult
from edge.clock import stamp
from edge.evidence.keeper import EvidenceKeeper
from edge.gate_controller.barrier import Wish
from edge.gate_controller.controller import GateController
from edge.node.lane import LaneRunner

log = structlog.get_logger(__name__)
_OBEYED_KEPT = 1000
_LONGEST_S = 30.0
"""However long a command is valid, the barrier takes it up within this or not at all."""


def refusal(command: Command, *, now: datetime, obeyed: Collection[UUID], lanes: Collection[str]) -> str | None:
    """Why a command must not be carried out; None when it may. Pure."""
    if command.command_id in obeyed:
        return "repeated: it was carried out before"
    if now >= command.expires_at:
        return "expired"
    if command.lane not in lanes:
        return f"this node has no lane {command.lane}"
    return None


class CommandDesk:
    """Takes commands from the link's thread and answers each."""

    def __init__(
        self,
        lanes: Mapping[str, LaneRunner],
        gates: Mapping[str, GateController],
        *,
        evidence: EvidenceKeeper,
        answer: Callable[[CommandResult], None],
        picture_wanted: Callable[[str], None],
        set_region: Callable[[Command], str | None],
        set_mode: Callable[[Command], str | None],
        confirm_view: Callable[[Command], str | None],
    ) -> None:
        self._lanes = lanes
        self._gates = gates
        self._evidence = evidence
        self._answer = answer
        self._picture_wanted = picture_wanted
        self._set_region = set_region
        self._set_mode = set_mode
        self._confirm_view = confirm_view
        self._obeyed: deque[UUID] = deque(maxlen=_OBEYED_KEPT)

    def take(self, command: Command) -> None:
        """Carry out a command, or say why not."""
        now = datetime.now(UTC)
        fault = refusal(command, now=now, obeyed=self._obeyed, lanes=self._lanes.keys())
        if fault is None:
            self._obeyed.append(command.command_id)
            fault = self._carry_out(command, now)
        log.info("command", kind=command.kind, lane=command.lane, actor=command.actor, refused=fault)
        self._answer(
            CommandResult(
                site=command.site,
                node=command.node,
                command_id=command.command_id,
                done=fault is None,
                detail=fault or "",
                stamp=stamp(),
            )
        )

    def _carry_out(self, command: Command, now: datetime) -> str | None:
        if command.kind is CommandKind.SNAPSHOT:
            self._picture_wanted(command.lane)
            return None
        if command.passage_id is not None:
            return self._keep_or_release(command.passage_id, keep=command.kind is CommandKind.KEEP_EVIDENCE)
        if command.kind is CommandKind.SET_REGION:
            return self._set_region(command)
        if command.kind is CommandKind.SET_LANE_MODE:
            return self._set_mode(command)
        if command.kind is CommandKind.SET_VIEW_REFERENCE:
            return self._confirm_view(command)
        gate = self._gates.get(command.lane)
        if gate is None:
            return f"lane {command.lane} has no barrier of ours"
        if command.kind is CommandKind.OPEN:
            left_s = min(_LONGEST_S, (command.expires_at - now).total_seconds())
            self._lanes[command.lane].opened_by_operator(Wish(command.command_id, time.monotonic() + left_s), now)
        else:
            gate.hold(held=command.kind is CommandKind.HOLD)
        return None

    def _keep_or_release(self, passage_id: UUID, *, keep: bool) -> str | None:
        try:
            if keep:
                return self._evidence.keep(passage_id)
            self._evidence.release(passage_id)
        except StoreError as error:
            return str(error)
        return None
