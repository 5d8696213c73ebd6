"""What is set up and what is missing, in the order in which a province begins. Pure but for the store it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from central.console.say import Say
from central.retention import retention_in_force
from central.rights import Right
from central.store.platform import ConnectorRecord
from central.store.records import CameraRecord, LaneRecord, Role
from central.store.register_records import DeviceKind
from central.store.setup_records import Effect
from central.web import Web
from contract.messages import HealthLevel, HealthReason

_NO_PICTURE: Final = frozenset({HealthReason.SIGNAL_LOST, HealthReason.NO_FRAMES, HealthReason.NODE_SILENT})


class State(StrEnum):
    """How far a step is."""

    DONE = "done"
    PART = "part"
    """Some of it is missing or does not work."""
    TODO = "todo"
    OPTIONAL = "optional"
    """Nothing is there, and nothing needs to be."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing: what it is called, the sentence of the catalogue about it, where to do it."""

    name: str
    key: str
    path: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list. `right` is what its pages ask for."""

    key: str
    state: State
    path: str
    right: Right
    values: dict[str, object] = field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()


def steps(web: Web, say: Say) -> tuple[Step, ...]:
    """All of them, the first first."""
    return tuple(step(web, say) for step in _STEPS)


def _sites(web: Web, say: Say) -> Step:
    heard = set(web.store.lanes.sites())
    registered = _registered_sites(web)
    lacks = tuple(
        Lack(say.site(site), "unregistered", f"/devices/new?{urlencode({'kind': 'site', 'site': site})}")
        for site in sorted(heard - registered)
    )
    known = heard | registered
    return Step("sites", _state(known, lacks), "/setup/first", Right.REGISTER, {"n": len(known)}, lacks)


def _nodes(web: Web, say: Say) -> Step:
    nodes = web.store.nodes.list()
    silent = tuple(
        Lack(f"{say.site(node.site)} · {node.node}", "silent", f"/cameras?{urlencode({'site': node.site})}")
        for node in nodes
        if not node.online or node.level is HealthLevel.UNKNOWN
    )
    without = sorted(_registered_sites(web) - {node.site for node in nodes})
    lacks = silent + tuple(
        Lack(say.site(site), "without_node", f"/setup/node?{urlencode({'site': site})}") for site in without
    )
    return Step("nodes", _state(nodes, lacks), "/setup/node", Right.SETTINGS, {"n": len(nodes)}, lacks)


def _cameras(web: Web, say: Say) -> Step:
    cameras = web.store.cameras.list()
    lacks = tuple(
        Lack(f"{say.site(one.site)} · {say.camera(one.camera)}", "no_picture", _camera_path(one))
        for one in cameras
        if not one.has_picture or one.reason in _NO_PICTURE
    )
    return Step("cameras", _state(cameras, lacks), "/cameras", Right.DEVICES, {"n": len(cameras)}, lacks)


def _lanes(web: Web, say: Say) -> Step:
    lanes = web.store.lanes.list()
    drawn = {(node.site, camera) for node in web.store.nodes.list() for camera in node.regions}
    lacks = tuple(
        Lack(f"{say.site(lane.site)} · {say.lane(lane.lane)}", *_region_of(lane))
        for lane in lanes
        if not any((lane.site, camera.camera) in drawn for camera in lane.cameras)
    )
    return Step("lanes", _state(lanes, lacks), "/cameras", Right.SETUP, {"n": len(lanes)}, lacks)


def _region_of(lane: LaneRecord) -> tuple[str, str]:
    """The sentence about a lane that lies nowhere yet, and where it is drawn."""
    if not lane.cameras:
        return "no_camera", f"/lanes/{lane.site}/{lane.lane}"
    front = next((one for one in lane.cameras if one.camera.endswith("-front")), lane.cameras[0])
    return "no_region", f"{_camera_path(front)}/region"


def _users(web: Web, say: Say) -> Step:
    users = [user for user in web.store.users.list() if not user.disabled]
    of_role = Counter(user.role for user in users)
    lacks = tuple(Lack(user.name, "never_here", "/users") for user in users if user.last_seen_at is None)
    if of_role[Role.ADMIN] < 2:
        lacks = (Lack(say.words("role.admin"), "one_admin", "/users"), *lacks)
    is_alone = len(users) < 2
    state = State.TODO if is_alone else _state(users, lacks)
    values = {role.value: of_role[role] for role in Role}
    return Step("users", state, "/users", Right.ACCOUNTS, {"n": len(users), **values}, lacks)


def _access(web: Web, say: Say) -> Step:
    rules = web.store.access_rules.list(counting_at=say.now)
    of_effect = Counter(rule.effect for rule in rules)
    values: dict[str, object] = {"allow": of_effect[Effect.ALLOW], "deny": of_effect[Effect.DENY]}
    state = State.DONE if rules else State.OPTIONAL
    return Step("access", state, "/access-lists", Right.ACCESS, values)


def _platform(web: Web, say: Say) -> Step:
    connectors = web.store.connectors.list()
    configured = [part for part in (web.config.platform, web.config.platform_folder) if part] if web.config else []
    lacks = tuple(Lack(one.name, "failing", "/platform") for one in connectors if one.failure)
    silent = {part.name for part in configured} - {one.name for one in connectors}
    lacks += tuple(Lack(name, "not_answered", "/platform") for name in sorted(silent))
    latest = max((one.answered_at for one in connectors if one.answered_at), default=None)
    values: dict[str, object] = {"n": len(connectors) + len(silent), "since": _since(say, latest, connectors)}
    return Step("platform", _state(values["n"], lacks), "/platform", Right.SETTINGS, values, lacks)


def _surge(web: Web, say: Say) -> Step:  # noqa: ARG001 - steps are called alike
    is_own = web.traffic.plan_file is not None or any(plan.kept_by for plan in web.store.surge.plans())
    return Step("surge", State.DONE if is_own else State.OPTIONAL, "/traffic/plan", Right.TRAFFIC)


def _retention(web: Web, say: Say) -> Step:
    kept = retention_in_force(web.store, web.config)
    quota = say.number(kept.evidence_quota_gb) if kept.evidence_quota_gb else "–"
    values: dict[str, object] = {"pictures": say.number(kept.evidence_kept_days), "quota": quota}
    values["commands"] = say.number(kept.commands_kept_days)
    return Step("retention", State.DONE, "/retention", Right.SETTINGS, values)


_STEPS: Final[tuple[Callable[[Web, Say], Step], ...]] = (
    _sites,
    _nodes,
    _cameras,
    _lanes,
    _users,
    _access,
    _platform,
    _surge,
    _retention,
)


def _state(there: object, lacks: tuple[Lack, ...]) -> State:
    if not there:
        return State.TODO
    return State.PART if lacks else State.DONE


def _registered_sites(web: Web) -> set[str]:
    return {one.site for one in web.store.register.list(kind=DeviceKind.SITE) if one.retired_on is None}


def _camera_path(camera: CameraRecord) -> str:
    return f"/cameras/{camera.site}/{camera.node}/{camera.camera}"


def _since(say: Say, at: datetime | None, connectors: tuple[ConnectorRecord, ...]) -> str:
    return say.full_time(at) if at is not None and connectors else "–"
