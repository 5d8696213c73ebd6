"""Nodes, cameras and lanes: what they said last, and what central makes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, bindparam, select, update

from central.jpeg import size_of
from central.store.database import Database, Transaction
from central.store.history import History
from central.store.intake import OutboxKey, newest_runs
from central.store.passages import Passages
from central.store.ranges import Ranges
from central.store.records import CameraRecord, EventKind, LaneRecord, NodeRecord
from central.store.schema import cameras, nodes
from contract.messages import (
    CameraHealth,
    HealthFinding,
    HealthLevel,
    HealthReason,
    LaneInfo,
    Metrics,
    NodeFinding,
    NodeTrouble,
    Status,
)
from contract.region import CameraRegion

_SMALL_PX = 400
"""The pictures that come with every report are no wider; what is wider somebody asked for."""
_RUNS_SHOWN = 200
"""Of an outbox that catches up, which may have tens of thousands."""
_WORST_FIRST = {HealthLevel.FAILED: 0, HealthLevel.UNKNOWN: 1, HealthLevel.DEGRADED: 2, HealthLevel.OK: 3}


_HEARD = update(nodes).where(nodes.c.site == bindparam("of_site"), nodes.c.node == bindparam("of_node"))


class Nodes:
    """`store.nodes`."""

    def __init__(self, database: Database, history: History) -> None:
        self._database = database
        self._history = history

    def list(self, *, site: str | None = None) -> tuple[NodeRecord, ...]:
        """All nodes ever heard of, by site and name."""
        statement = select(nodes).order_by(nodes.c.site, nodes.c.node)
        if site is not None:
            statement = statement.where(nodes.c.site == site)
        return self._records(statement)

    def get(self, site: str, node: str) -> NodeRecord | None:
        """One node, if it was ever heard of."""
        return next(iter(self._records(select(nodes).where(*_is_node(site, node)))), None)

    def _records(self, statement: Select[Any]) -> tuple[NodeRecord, ...]:
        with self._database.reading() as reading:
            rows = reading.rows(statement)
            return tuple(_node(row, _committed(reading, row)) for row in rows)

    def heard(self, transaction: Transaction, *names: tuple[str, str]) -> None:
        """Something came just now from the nodes of these names (site and node)."""
        told = [{"of_site": site, "of_node": node, "last_seen_at": transaction.at} for site, node in sorted(names)]
        if told and transaction.run(_HEARD, told) < len(told):
            known = {(row["site"], row["node"]) for row in transaction.rows(select(nodes.c.site, nodes.c.node))}
            for site, node in set(names) - known:
                self._add(transaction, site, node)

    def report_status(self, transaction: Transaction, status: Status) -> None:
        """Keep a birth or a last will. The will of an earlier boot does not speak for the present one."""
        known = transaction.first(select(nodes).where(*_is_node(status.site, status.node)))
        if known is None:
            self._add(transaction, status.site, status.node)
        elif not status.online and known["boot_id"] not in {None, str(status.boot_id)}:
            return
        said: dict[str, Any] = {"online": status.online, "boot_id": str(status.boot_id)}
        if status.online:
            said |= {
                "outbox_id": str(status.outbox_id) if status.outbox_id else None,
                "started_at": status.started_at,
                "software": status.software,
                "models": status.models,
                "config_hash": status.config_hash,
                "lanes": [lane.model_dump(mode="json") for lane in status.lanes],
                "regions": {camera: region.model_dump(mode="json") for camera, region in status.regions.items()},
            }
        if known is None or any(known[name] != value for name, value in said.items()):
            transaction.run(update(nodes).where(*_is_node(status.site, status.node)).values(said))
            transaction.event(EventKind.NODE, f"{status.site}/{status.node}", status.site)

    def report_metrics(self, transaction: Transaction, metrics: Metrics) -> None:
        """Keep the latest vital signs."""
        self.heard(transaction, (metrics.site, metrics.node))
        self._history.tell_node(transaction, metrics)
        transaction.run(
            update(nodes)
            .where(*_is_node(metrics.site, metrics.node))
            .values(metrics=metrics.values, metrics_at=metrics.stamp.at, **_told(metrics))
        )

    def judge(
        self, transaction: Transaction, node: NodeRecord, level: HealthLevel, reason: HealthReason | None
    ) -> None:
        """Central's level of a node."""
        transaction.run(
            update(nodes)
            .where(*_is_node(node.site, node.node))
            .values(level=level, reason=reason, since=transaction.at)
        )
        transaction.event(EventKind.NODE, f"{node.site}/{node.node}", node.site)

    def _add(self, transaction: Transaction, site: str, node: str) -> None:
        transaction.insert(
            nodes,
            {
                "site": site,
                "node": node,
                "level": HealthLevel.OK,
                "since": transaction.at,
                "online": True,
                "last_seen_at": transaction.at,
                "software": "",
                "models": {},
                "config_hash": "",
                "lanes": [],
                "metrics": {},
            },
        )
        transaction.event(EventKind.NODE, f"{site}/{node}", site)


class Cameras:
    """`store.cameras`."""

    def __init__(self, database: Database, history: History) -> None:
        self._database = database
        self._history = history

    def list(self, *, site: str | None = None) -> tuple[CameraRecord, ...]:
        """All cameras, the worst first."""
        statement = _camera_rows()
        if site is not None:
            statement = statement.where(cameras.c.site == site)
        records = [_camera(row) for row in self._database.rows(statement)]
        return tuple(sorted(records, key=lambda c: (_WORST_FIRST[c.level], c.site, c.node, c.lane, c.camera)))

    def get(self, site: str, node: str, camera: str) -> CameraRecord | None:
        """One camera, if it was ever heard of."""
        row = self._database.first(_camera_rows().where(*_is_camera(site, node, camera)))
        return _camera(row) if row else None

    def picture(self, site: str, node: str, camera: str) -> bytes | None:
        """The small JPEG of its last report, if it had one."""
        row = self._database.first(select(cameras.c.picture).where(*_is_camera(site, node, camera)))
        return row["picture"] if row else None

    def snapshot(self, site: str, node: str, camera: str) -> bytes | None:
        """The last large JPEG, if it ever sent one."""
        row = self._database.first(select(cameras.c.snapshot).where(*_is_camera(site, node, camera)))
        return row["snapshot"] if row else None

    def report(self, transaction: Transaction, health: CameraHealth, *, retained: bool = False) -> None:
        """Keep what the node says of its camera; its word is central's level until central judges otherwise.

        What the broker `retained` says nothing of now, so it counts only for a camera never heard of.
        """
        self._history.tell_camera(transaction, health)
        where = _is_camera(health.site, health.node, health.camera)
        small = [column for column in cameras.c if column.name != "snapshot"]  # every camera reports every few seconds
        known = transaction.first(select(*small).where(*where))
        if retained and known is not None:
            return
        verdict = _verdict(known)
        level, reason, since = health.level, health.reason, health.since
        if verdict is not None and known is not None and is_worse(verdict.severity.level, level):
            level, reason = verdict.severity.level, verdict.code
            since = known["since"] if known["reason"] == reason else transaction.at
        values: dict[str, Any] = {
            "lane": health.lane,
            "level": level,
            "reason": reason,
            "since": since,
            "reported_level": health.level,
            "reported_reason": health.reason,
            "reported_since": health.since,
            "received_at": min(transaction.at, health.stamp.at) if retained else transaction.at,
            "frame_at": health.frame_at,
            "measurements": health.measurements,
            **_told(health),
            "picture": health.jpeg or (known["picture"] if known else None),
        }
        is_large = health.jpeg is not None and (size_of(health.jpeg) or (0, 0))[0] > _SMALL_PX
        if is_large:
            values |= {"snapshot": health.jpeg, "snapshot_at": health.frame_at or values["received_at"]}
        key = {"site": health.site, "node": health.node, "camera": health.camera}
        transaction.upsert(cameras, {**key, **values})
        if known is None or is_large or (known["level"], known["reason"]) != (level, reason):
            transaction.event(EventKind.CAMERA, "/".join(key.values()), health.site)

    def judge(
        self, transaction: Transaction, camera: CameraRecord, level: HealthLevel, reason: HealthReason | None
    ) -> None:
        """Central's level of a camera, over what its node says."""
        transaction.run(
            update(cameras)
            .where(*_is_camera(camera.site, camera.node, camera.camera))
            .values(level=level, reason=reason, since=transaction.at)
        )
        transaction.event(EventKind.CAMERA, f"{camera.site}/{camera.node}/{camera.camera}", camera.site)

    def find(self, transaction: Transaction, camera: CameraRecord, verdict: HealthFinding | None) -> None:
        """What central found beside the node's word, or that it finds nothing any more; the graver of both counts."""
        where = _is_camera(camera.site, camera.node, camera.camera)
        found = None if verdict is None else verdict.model_dump(mode="json")
        transaction.run(update(cameras).where(*where).values(verdict=found))
        level, reason = camera.reported_level, camera.reported_reason
        if verdict is not None and is_worse(verdict.severity.level, level):
            level, reason = verdict.severity.level, verdict.code
        if camera.reason is not HealthReason.NODE_SILENT and (camera.level, camera.reason) != (level, reason):
            self.judge(transaction, camera, level, reason)


class Lanes:
    """`store.lanes`: as the births of the nodes describe them."""

    def __init__(self, nodes_: Nodes, cameras_: Cameras, passages_: Passages) -> None:
        self._nodes, self._cameras, self._passages = nodes_, cameras_, passages_

    def list(self, *, site: str | None = None) -> tuple[LaneRecord, ...]:
        """All lanes with their cameras and latest passage."""
        seen = self._cameras.list(site=site)
        told = [(node, lane) for node in self._nodes.list(site=site) for lane in node.lanes]
        newest = self._passages.newest([(node.site, lane.lane) for node, lane in told], 1)
        return tuple(
            LaneRecord(
                site=node.site,
                node=node.node,
                lane=lane.lane,
                direction=lane.direction,
                mode=lane.mode,
                mode_reason=lane.mode_reason,
                mode_by=lane.mode_by,
                mode_since=lane.mode_since,
                cameras=tuple(c for c in seen if (c.site, c.node, c.lane) == (node.site, node.node, lane.lane)),
                latest=next(iter(latest), None),
            )
            for (node, lane), latest in zip(told, newest, strict=True)
        )

    def get(self, site: str, lane: str) -> LaneRecord | None:
        """One lane, if a node has told of it."""
        return next((one for one in self.list(site=site) if one.lane == lane), None)

    def sites(self) -> tuple[str, ...]:
        """Names of all sites that have a node."""
        return tuple(sorted({node.site for node in self._nodes.list()}))


def is_worse(level: HealthLevel, than: HealthLevel) -> bool:
    """Whether a level is graver than another."""
    return _WORST_FIRST[level] < _WORST_FIRST[than]


def _verdict(row: RowMapping | None) -> HealthFinding | None:
    return HealthFinding.model_validate(row["verdict"]) if row and row["verdict"] else None


def _told(message: CameraHealth | Metrics) -> dict[str, Any]:
    return message.model_dump(mode="json", include={"findings", "unjudged"})


def _is_node(site: str, node: str) -> tuple[Any, Any]:
    return nodes.c.site == site, nodes.c.node == node


def _is_camera(site: str, node: str, camera: str) -> tuple[Any, Any, Any]:
    return cameras.c.site == site, cameras.c.node == node, cameras.c.camera == camera


def _camera_rows() -> Select[Any]:
    columns = [column for column in cameras.c if column.name not in {"picture", "snapshot"}]
    return select(*columns, cameras.c.picture.is_not(None).label("has_picture"))


def _camera(row: RowMapping) -> CameraRecord:
    return CameraRecord(
        site=row["site"],
        node=row["node"],
        lane=row["lane"],
        camera=row["camera"],
        level=HealthLevel(row["level"]),
        reason=_reason(row["reason"]),
        since=row["since"],
        reported_level=HealthLevel(row["reported_level"]),
        reported_reason=_reason(row["reported_reason"]),
        reported_since=row["reported_since"],
        received_at=row["received_at"],
        frame_at=row["frame_at"],
        measurements=row["measurements"],
        has_picture=row["has_picture"],
        snapshot_at=row["snapshot_at"],
        findings=tuple(HealthFinding.model_validate(finding) for finding in row["findings"] or ()),
        unjudged={HealthReason(code): why for code, why in (row["unjudged"] or {}).items()},
        verdict=_verdict(row),
    )


def _committed(reading: Transaction, row: RowMapping) -> Ranges:
    if row["outbox_id"] is None:
        return ()
    return newest_runs(reading, OutboxKey(row["site"], row["node"], UUID(row["outbox_id"])), _RUNS_SHOWN)


def _node(row: RowMapping, committed: Ranges) -> NodeRecord:
    return NodeRecord(
        site=row["site"],
        node=row["node"],
        level=HealthLevel(row["level"]),
        reason=_reason(row["reason"]),
        since=row["since"],
        online=row["online"],
        boot_id=_uuid(row["boot_id"]),
        outbox_id=_uuid(row["outbox_id"]),
        started_at=row["started_at"],
        last_seen_at=row["last_seen_at"],
        software=row["software"],
        models=row["models"],
        config_hash=row["config_hash"],
        lanes=tuple(LaneInfo.model_validate(lane) for lane in row["lanes"]),
        committed=committed,
        metrics=row["metrics"],
        metrics_at=row["metrics_at"],
        regions={name: CameraRegion.model_validate(region) for name, region in (row["regions"] or {}).items()},
        findings=tuple(NodeFinding.model_validate(finding) for finding in row["findings"] or ()),
        unjudged={NodeTrouble(code): why for code, why in (row["unjudged"] or {}).items()},
    )


def _reason(text: str | None) -> HealthReason | None:
    return None if text is None else HealthReason(text)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
