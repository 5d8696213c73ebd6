"""The simulated world over HTTP, as a node, a platform connector and a person with curl meet it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract.messages import Direction
from simulation.settings import Fault, SimGate, SimLane, SimulationSettings

KEY = "a-key-of-this-test"
GATE = SimGate(site="north", lanes=(SimLane(lane="in-1", direction=Direction.IN, rear_camera=True),))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a running simulation; its rear camera is frozen from the start."""
    settings = SimulationSettings(
        platform_key=KEY,
        gates=(GATE,),
        faults=(Fault(site="north", camera="in-1-rear", kind="freeze", at_s=0),),
        busy_fps=20,
        idle_fps=20,
        officer_after_s=1000,  # no hand but the test's moves the arm
    )
    path: Path = tmp_path_factory.mktemp("simulation") / "simulation.json"
    path.write_text(settings.model_dump_json(), encoding="utf-8")
    command = [sys.executable, "-m", "simulation.server", "--settings", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            ready = re.fullmatch(r"simulation ready on (127\.0\.0\.1:\d+)\n", program.stdout.readline())
            assert ready, "the ready line names the address"
            with httpx.Client(base_url=f"http://{ready[1]}", timeout=60) as client:
                yield client
        finally:
            program.terminate()


def _jpegs(client: httpx.Client, camera: str, count: int) -> list[bytes]:
    """The first pictures of an MJPEG stream, cut by its part headers."""
    data, pictures = b"", []
    with client.stream("GET", f"/cameras/north/{camera}.mjpeg") as answer:
        assert answer.headers["content-type"].startswith("multipart/x-mixed-replace; boundary=")
        for chunk in answer.iter_raw():
            data += chunk
            while head := re.match(rb"\r?\n?--\S+\r\n(?:[^\r\n]+\r\n)*?Content-Length: (\d+)\r\n\r\n", data):
                length = int(head[1])
                if len(data) < head.end() + length:
                    break
                pictures.append(data[head.end() : head.end() + length])
                data = data[head.end() + length :]
            if len(pictures) >= count:
                return pictures
    return pictures


def test_camera_streams_pictures_that_differ(served: httpx.Client) -> None:
    """A live camera sends JPEG after JPEG, no two of them alike."""
    pictures = _jpegs(served, "in-1-front", 4)
    assert all(picture[:2] == b"\xff\xd8" and picture[-2:] == b"\xff\xd9" for picture in pictures)
    assert len(set(pictures)) == 4


def test_frozen_camera_streams_one_picture(served: httpx.Client) -> None:
    """A frozen camera goes on sending, but always the same."""
    assert len(set(_jpegs(served, "in-1-rear", 4))) == 1


def test_camera_without_signal_refuses_until_repaired(served: httpx.Client) -> None:
    """A lost signal shows as an error to whoever connects, and goes with the fault."""
    fault = "/cameras/north/in-1-front/fault"
    assert served.post(fault, params={"kind": "signal_lost"}).status_code == 204
    assert served.get("/cameras/north/in-1-front.mjpeg").status_code == 503
    assert served.post(fault, params={"kind": "none"}).status_code == 204
    assert len(_jpegs(served, "in-1-front", 1)) == 1
    assert served.post(fault, params={"kind": "melt"}).status_code == 422


def test_unknown_names_are_answered_with_the_known_ones(served: httpx.Client) -> None:
    """A misspelt camera or lane gets an answer that says which there are."""
    camera, lane = served.get("/cameras/north/in-9.mjpeg"), served.get("/lanes/north/in-9/barrier/state")
    assert (camera.status_code, lane.status_code) == (404, 404)
    assert "north/in-1-front" in camera.text
    assert "north/in-1" in lane.text


def test_barrier_obeys_and_tells(served: httpx.Client) -> None:
    """The relay answers a command without a body, and its state tells of the motion until the arm is up."""
    base = "/lanes/north/in-1/barrier"
    state = served.get(f"{base}/state").json()
    assert set(state) == {"position", "presence", "obstacle", "manual_open", "at"}
    assert served.post(f"{base}/open").status_code == 204
    seen = [served.get(f"{base}/state").json()["position"]]
    while seen[-1] != "open":
        seen.append(served.get(f"{base}/state").json()["position"])
    assert set(seen) <= {"opening", "open"}
    assert served.post(f"{base}/close").status_code == 204


def test_platform_wants_its_key_and_pages(served: httpx.Client) -> None:
    """Declarations are served in pages to whoever has the key, and to nobody else."""
    url, bearer = "/api/declarations", {"Authorization": f"Bearer {KEY}"}
    assert served.get(url).status_code == 401
    assert served.get(url, headers={"Authorization": "Bearer guess"}).status_code == 401
    first = served.get(url, headers=bearer, params={"limit": 2}).json()
    assert len(first["items"]) == 2
    assert first["more"]
    rest = served.get(url, headers=bearer, params={"cursor": first["next_cursor"]}).json()
    ids = [item["declaration_id"] for item in first["items"] + rest["items"]]
    assert len(ids) >= 5
    assert served.get(url, headers=bearer, params={"cursor": "soon"}).status_code == 400
    assert served.get(url, headers=bearer, params={"limit": 0}).status_code == 422


def test_truth_is_a_list(served: httpx.Client) -> None:
    """The truth answers with the lorries that have gone through so far."""
    assert isinstance(served.get("/truth").json(), list)
