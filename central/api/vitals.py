"""What watches over central: `/healthz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from central.api.guard import WebPart, needs
from central.rights import Right
from central.store import Store

vitals_routes = APIRouter(tags=["vitals"])


@vitals_routes.get("/healthz")
def health(web: WebPart) -> dict[str, str]:
    """Answers when the pages and the database do; needs no login."""
    web.store.events.latest_id()
    return {"status": "ok"}


@vitals_routes.get(
    "/metrics", response_class=Response, dependencies=[Depends(needs(Right.DEVICES))], responses={200: {"content": {}}}
)
def metrics(web: WebPart) -> Response:
    """Figures for Prometheus; with the scope `devices:read` or more."""
    registry = CollectorRegistry()
    registry.register(_Figures(web.store, datetime.now(UTC)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    def __init__(self, store: Store, now: datetime) -> None:
        self._store, self._now = store, now

    def collect(self) -> Iterator[Metric]:
        yield self._passages()
        cameras = GaugeMetricFamily("smartgate_camera_ok", "1 when the camera is ok", labels=["site", "node", "camera"])
        for camera in self._store.cameras.list():
            cameras.add_metric([camera.site, camera.node, camera.camera], float(camera.level.value == "ok"))
        yield cameras
        nodes = GaugeMetricFamily("smartgate_node_ok", "1 when the node is ok", labels=["site", "node"])
        heard = GaugeMetricFamily("smartgate_node_silence_seconds", "since last heard of", labels=["site", "node"])
        for node in self._store.nodes.list():
            nodes.add_metric([node.site, node.node], float(node.level.value == "ok"))
            heard.add_metric([node.site, node.node], (self._now - node.last_seen_at).total_seconds())
        yield nodes
        yield heard
        yield GaugeMetricFamily("smartgate_dead_letters", "kept aside", value=self._store.dead_letters.count())
        yield from self._declarations()

    def _declarations(self) -> Iterator[Metric]:
        works = GaugeMetricFamily("smartgate_connector_ok", "1 while declarations can be read", labels=["connector"])
        items = GaugeMetricFamily(
            "smartgate_connector_items", "declarations since it was set up", labels=["connector", "what"]
        )
        for connector in self._store.connectors.list():
            works.add_metric([connector.name], float(not connector.failure))
            for what, number in asdict(connector.tally).items():
                items.add_metric([connector.name, what], number)
        yield works
        yield items
        waiting = self._store.write_backs.waiting()
        yield GaugeMetricFamily("smartgate_write_backs_waiting", "confirmations not taken yet", value=waiting)

    def _passages(self) -> Metric:
        family = GaugeMetricFamily(
            "smartgate_passages_24h", "passages of the last 24 hours", labels=["site", "direction", "outcome"]
        )
        for count in self._store.outcomes.counts(since=self._now - timedelta(hours=24), until=self._now):
            for outcome, number in count.by_outcome.items():
                family.add_metric([count.site, count.direction.value, outcome.value], number)
        return family
