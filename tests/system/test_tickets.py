"""From an injected fault to a closed ticket, over a real broker, with people told by MQTT, webhook and mail."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from central.auth import add_api_key
from central.config import CentralConfig, WebSettings
from central.fleet.notify_settings import EmailSettings, NotifySettings, WebhookSettings
from central.fleet.settings import DetectorSettings, FleetSettings, TicketSettings
from central.ingest.settings import MqttSettings
from central.service import CentralService
from central.store import Store
from central.store.records import Role
from contract.messages import (
    CameraHealth,
    Direction,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    Message,
    Metrics,
    Stamp,
    Status,
    TicketNotice,
    TimeQuality,
)
from contract.topics import address_of, subscription, topic_of
from tests.central.fleet.post_office import HookServer, MailServer
from tests.central.ingest.conftest import MOSQUITTO, Broker, amqtt, free_port, mosquitto
from tests.central.made import SCOPES_OF
from tests.central.served import Served
from tests.system.installation import wait_for

pytestmark = pytest.mark.system
PATIENCE_S = 120


class FakeNode:
    """A node as central hears it: it reports all the time, until it is cut off. `ill` says what is wrong."""

    def __init__(self, port: int, site: str, *, cameras: int = 1) -> None:
        self.site, self.node = site, f"{site}-1"
        self.cameras = [f"in-{number + 1}-front" for number in range(cameras)]
        self.ill: dict[str, HealthReason] = {}
        self.stumbles = False
        self._since: dict[str, tuple[HealthReason | None, datetime]] = {}
        self._frames_failed = 0.0
        self._boot, self._stop = uuid4(), threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"{site}-1")
        will = Status(
            site=site,
            node=self.node,
            online=False,
            boot_id=self._boot,
            started_at=datetime.now(UTC),
            software="made up",
        )
        self._client.will_set(address_of(will), will.model_dump_json(), qos=1, retain=True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._send(self._birth())
        self._thread = threading.Thread(target=self._reports, daemon=True)
        self._thread.start()

    def cut_off(self) -> None:
        """The power is cut: no farewell; the broker speaks the last will."""
        self._stop.set()
        self._thread.join(60)
        self._client.loop_stop()
        connection = self._client.socket()
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        """End in good order."""
        self._stop.set()
        self._thread.join(60)
        self._client.disconnect()
        self._client.loop_stop()

    def _birth(self) -> Status:
        lanes = tuple(
            LaneInfo(
                lane=camera.removesuffix("-front"), direction=Direction.IN, mode=LaneMode.ASSIST, cameras=(camera,)
            )
            for camera in self.cameras
        )
        started = datetime.now(UTC)
        return Status(
            site=self.site, node=self.node, online=True, boot_id=self._boot, outbox_id=uuid4(), started_at=started,
            software="made up", lanes=lanes,
        )  # fmt: skip

    def _reports(self) -> None:
        while not self._stop.wait(0.4):
            self._frames_failed += 50 if self.stumbles else 0
            values = {"frames_failed": self._frames_failed}
            self._send(Metrics(site=self.site, node=self.node, stamp=self._stamp(), values=values))
            for camera in self.cameras:
                self._send(self._health(camera))

    def _health(self, camera: str) -> CameraHealth:
        reason, now = self.ill.get(camera), self._stamp()
        if self._since.get(camera, ("",))[0] is not reason:
            self._since[camera] = (reason, now.at)
        return CameraHealth(
            site=self.site, node=self.node, lane=camera.removesuffix("-front"), camera=camera,
            level=HealthLevel.FAILED if reason else HealthLevel.OK, reason=reason, since=self._since[camera][1],
            stamp=now, frame_at=now.at, measurements={"fps": 5.0}, jpeg=b"\xff\xd8\xff\xd9",
        )  # fmt: skip

    def _stamp(self) -> Stamp:
        return Stamp(at=datetime.now(UTC), boot_id=self._boot, monotonic_s=1e6, time_quality=TimeQuality.SYNCED)

    def _send(self, message: Message) -> None:
        topic = topic_of(type(message))
        self._client.publish(address_of(message), message.model_dump_json(), qos=topic.qos, retain=topic.retain)


class Province:
    """Central with all channels on, and whoever listens to them; nodes as a test needs them."""

    def __init__(self, port: int, api: httpx.Client, hook: HookServer, mail: MailServer) -> None:
        self.hook, self.mail = hook, mail
        self.told: queue.Queue[TicketNotice] = queue.Queue()
        self._port, self._api = port, api
        self._nodes: list[FakeNode] = []
        heard = threading.Event()
        self._listener = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._listener.on_connect = lambda client, *_: client.subscribe(subscription(TicketNotice), qos=1)
        self._listener.on_subscribe = lambda *_: heard.set()
        self._listener.on_message = lambda _c, _d, m: self.told.put(TicketNotice.model_validate_json(m.payload))
        self._listener.connect("127.0.0.1", port)
        self._listener.loop_start()
        assert heard.wait(60)

    def node(self, site: str, *, cameras: int = 1) -> FakeNode:
        """A node of its own site, whose cameras are seen good first."""
        node = FakeNode(self._port, site, cameras=cameras)
        self._nodes.append(node)
        wait_for("good cameras", lambda: self._all_good(site, cameras), timeout_s=PATIENCE_S)
        return node

    def _all_good(self, site: str, cameras: int) -> bool:
        seen = self.get("cameras", site=site)["items"]
        return len(seen) == cameras and all(camera["level"] == "ok" for camera in seen)

    def get(self, path: str, **query: str | int) -> Any:
        answer = self._api.get(f"/api/v1/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **asked: str | int) -> Any:
        answer = self._api.post(f"/api/v1/{path}", json=asked)
        assert answer.is_success, answer.text
        return answer.json()

    def tickets(self, site: str) -> list[Any]:
        found: list[Any] = self.get("tickets", site=site)["items"]
        return found

    def ticket(self, site: str, state: str) -> Any:
        """The one ticket of a site, once it has come so far."""

        def look() -> Any:
            found = self.tickets(site)
            assert len(found) <= 1, found
            return found[0] if found and found[0]["state"] == state else None

        return wait_for(f"ticket {state}", look, timeout_s=PATIENCE_S)

    def act(self, site: str, action: str) -> None:
        """As a person does: whose page was overtaken by what happens by itself looks again."""
        (ticket,) = self.tickets(site)
        number = ticket["ticket_id"]
        answer = self._api.post(
            f"/api/v1/tickets/{number}/actions", json={"action": action, "version": ticket["version"]}
        )
        if answer.status_code == 409:
            self.act(site, action)
            return
        assert answer.is_success, answer.text

    def hears(self, site: str) -> TicketNotice:
        """The next notice over MQTT that tells of a site."""
        while True:
            notice = self.told.get(timeout=PATIENCE_S)
            if any(news.site == site for news in notice.news):
                return notice

    def close(self) -> None:
        for node in self._nodes:
            node.close()
        self._listener.disconnect()
        self._listener.loop_stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    port = free_port()
    broker = mosquitto(port, tmp_path_factory.mktemp("broker")) if MOSQUITTO else amqtt(port)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def province(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("central")
    (folder / "secret").write_text("a made-up secret\n")
    with HookServer() as hook, MailServer() as mail:
        config = CentralConfig(
            data_dir=folder,
            mqtt=MqttSettings(host="127.0.0.1", port=broker.port),
            fleet=FleetSettings(check_every_s=0.2),
            detector=DetectorSettings(failing_s=1),
            tickets=TicketSettings(
                failed_after_s=0.5, silent_after_min=0.01, verified_after_min=0.02, closed_after_h=0.0003
            ),
            notify=NotifySettings(mqtt=True, wait_s=6, pause_min=0),
            webhook=WebhookSettings(url=hook.url, secret_file=folder / "secret"),
            email=EmailSettings(
                host="127.0.0.1", port=mail.port, security="none", sender="a@example.vn", to=("b@example.vn",)
            ),
            web=WebSettings(),
        )
        store = Store.open(config.url, config.evidence_dir)
        key = add_api_key(store, "lan", *SCOPES_OF[Role.MANAGER])
        with CentralService(store, config) as service, Served(store) as served:
            api = served.client(headers={"Authorization": f"Bearer {key}"})
            province = Province(broker.port, api, hook, mail)
            yield province
            province.close()
            assert service.failure is None
        store.close()


def test_a_storm_of_40_cameras_is_one_message(province: Province) -> None:
    """Forty tickets, and one message on each channel. It comes first here: nothing older is waiting to be told."""
    node = province.node("huu-nghi", cameras=40)
    node.ill = dict.fromkeys(node.cameras, HealthReason.DARK)
    notice = province.hears("huu-nghi")
    assert len([news for news in notice.news if news.site == "huu-nghi"]) == 40
    assert len(province.tickets("huu-nghi")) == 40
    posted = [TicketNotice.model_validate_json(province.hook.got.get(timeout=PATIENCE_S)[1])]
    while posted[-1].notice_id != notice.notice_id:
        posted.append(TicketNotice.model_validate_json(province.hook.got.get(timeout=PATIENCE_S)[1]))
    assert posted[-1] == notice
    subject = f"<notice-{notice.notice_id}-"
    while not str(province.mail.got.get(timeout=PATIENCE_S)[1]["Message-ID"]).startswith(subject):
        pass

    def all_sent() -> bool:
        sent = [one for one in province.get("notices")["items"] if one["notice_id"] == notice.notice_id]
        return {(one["channel"], one["state"]) for one in sent} == {
            (channel, "sent") for channel in ("mqtt", "webhook", "email")
        }

    wait_for("all channels", all_sent, timeout_s=PATIENCE_S)


def test_from_fault_to_closed_and_a_relapse(province: Province) -> None:
    """A person says repaired, the camera proves it, it closes; ill again, the same ticket is open."""
    node = province.node("chi-ma")
    node.ill["in-1-front"] = HealthReason.COVERED
    opened = province.ticket("chi-ma", "open")
    assert (opened["cause"], opened["device"]["camera"]) == ("covered", "in-1-front")
    for action in ("acknowledge", "arrive", "repair"):
        province.act("chi-ma", action)
    assert province.ticket("chi-ma", "repaired")["evidence"] == "stands"
    node.ill.clear()
    province.ticket("chi-ma", "closed")
    node.ill["in-1-front"] = HealthReason.COVERED
    assert province.ticket("chi-ma", "open")["reopened"] == 1
    whole = province.get(f"tickets/{opened['ticket_id']}")
    happened = [entry["kind"] for entry in whole["entries"] if entry["kind"] != "overdue"]
    assert happened == ["opened", "acknowledged", "on_site", "repaired", "verified", "closed", "reopened"]
    history = province.get("health-history", site="chi-ma", node="chi-ma-1", camera="in-1-front")
    assert history["failures"] == 2


def test_a_maintenance_window_mutes_and_what_is_left_over_is_told(province: Province) -> None:
    """The neighbour that fails later has its ticket; the one that is worked on has none until the window ends."""
    node = province.node("tan-thanh", cameras=2)
    now = datetime.now(UTC)
    window = province.post(
        "maintenance-windows", site="tan-thanh", node="tan-thanh-1", camera="in-1-front", reason="new lens",
        begins_at=now.isoformat(), ends_at=(now + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    node.ill["in-1-front"] = HealthReason.COVERED
    wait_for("the fault", lambda: province.get("cameras", site="tan-thanh")["items"][0]["level"] == "failed",
             timeout_s=PATIENCE_S)  # fmt: skip
    node.ill["in-2-front"] = HealthReason.COVERED
    assert province.ticket("tan-thanh", "open")["device"]["camera"] == "in-2-front"
    province.post(f"maintenance-windows/{window['window_id']}/end")
    wait_for("both tickets", lambda: len(province.tickets("tan-thanh")) == 2, timeout_s=PATIENCE_S)


def test_a_dead_node_is_one_ticket_with_its_cameras(province: Province) -> None:
    """By its last will; and its message names one ticket."""
    node = province.node("coc-nam", cameras=4)
    node.cut_off()
    ticket = province.ticket("coc-nam", "open")
    assert (ticket["device"]["node"], ticket["device"]["camera"], ticket["cause"]) == ("coc-nam-1", "", "node_silent")
    assert len(province.get(f"tickets/{ticket['ticket_id']}")["devices"]) == 5
    (news,) = [news for news in province.hears("coc-nam").news if news.site == "coc-nam"]
    assert (news.devices, news.event) == (5, "opened")


def test_a_dead_detector_is_unhealthy_though_its_cameras_are_not(province: Province) -> None:
    """The reader stumbles over every frame; when it reads again, the ticket is verified by that."""
    node = province.node("dong-dang")
    node.stumbles = True
    assert province.ticket("dong-dang", "open")["cause"] == "detector_dead"
    (camera,) = province.get("cameras", site="dong-dang")["items"]
    assert camera["level"] == "ok"
    node.stumbles = False
    province.ticket("dong-dang", "closed")
