"""Serves the simulated world: cameras as MJPEG, barriers as HTTP relays, the platform as REST, and the truth.

python -m simulation.server --settings FILE
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import cv2
import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse

from simulation.barrier import SimBarrier
from simulation.platform_server import platform_routes
from simulation.settings import FaultKind, SimulationSettings
from simulation.world import SimCamera, World

_TICK_S = 0.05
_DRAW_AHEAD_S = 1.0
_BOUNDARY = "frame"


@dataclass(frozen=True, slots=True)
class _Running:
    """A world, its clock, and the threads that draw it. The world itself moves in the event loop alone."""

    world: World
    settings: SimulationSettings
    pool: ThreadPoolExecutor
    began_s: float
    ending: threading.Event

    def now_s(self) -> float:
        return time.monotonic() - self.began_s

    async def move(self) -> None:
        while True:
            self.world.tick(self.now_s())
            await asyncio.sleep(_TICK_S)

    async def draw_ahead(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(self.pool, self.world.draw_ahead)
            await asyncio.sleep(_DRAW_AHEAD_S)

    async def stream(self, camera: SimCamera) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while not self.ending.is_set():
            due_s = self.now_s()
            jpeg = await loop.run_in_executor(self.pool, camera.jpeg, camera.lane.sight(due_s))
            if jpeg is None:
                return
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            yield head.encode() + jpeg + b"\r\n"
            fps = self.settings.busy_fps if camera.busy() else self.settings.idle_fps
            # paced from when this frame was asked for: a busy machine gets fewer frames, never late ones
            await asyncio.sleep(max(0.01, due_s + 1 / fps - self.now_s()))


def create_app(settings: SimulationSettings, ending: threading.Event) -> FastAPI:
    """The simulated world as a web application; its clock begins now. Streams end soon after `ending` is set."""
    began_s, began_at = time.monotonic(), datetime.now(UTC)
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="render")
    running = _Running(World(settings, began_at), settings, pool, began_s, ending)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(running.move(), name="world"),
            asyncio.create_task(running.draw_ahead(), name="drawing"),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pool.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(title="Simulated gates and platform", lifespan=lifespan)
    app.include_router(_camera_routes(running))
    app.include_router(_barrier_routes(running.world))
    app.include_router(platform_routes(running.world.platform, settings.platform_key))
    app.include_router(_truth_routes(running.world))
    return app


def _camera_routes(running: _Running) -> APIRouter:
    routes = APIRouter(prefix="/cameras/{site}/{camera}")

    def find(site: str, camera: str) -> SimCamera:
        found = running.world.cameras.get((site, camera))
        if found is None:
            names = ", ".join("/".join(key) for key in running.world.cameras)
            raise HTTPException(404, f"no camera {site}/{camera}; there are {names}")
        return found

    @routes.get(".mjpeg")
    async def mjpeg(site: str, camera: str) -> StreamingResponse:
        found = find(site, camera)
        if found.fault == "signal_lost":
            raise HTTPException(503, f"{site}/{camera} has no signal")
        return StreamingResponse(running.stream(found), media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}")

    @routes.post("/fault", status_code=204)
    async def fault(site: str, camera: str, kind: FaultKind | Literal["none"]) -> Response:
        find(site, camera).fault = None if kind == "none" else kind
        return Response(status_code=204)

    return routes


def _barrier_routes(world: World) -> APIRouter:
    """What an HTTP relay with inputs offers."""
    routes = APIRouter(prefix="/lanes/{site}/{lane}/barrier")

    def find(site: str, lane: str) -> SimBarrier:
        found = world.lanes.get((site, lane))
        if found is None:
            names = ", ".join("/".join(key) for key in world.lanes)
            raise HTTPException(404, f"no lane {site}/{lane}; there are {names}")
        return found.barrier

    @routes.get("/state")
    async def state(site: str, lane: str) -> dict[str, Any]:
        barrier = find(site, lane)
        return {
            "position": barrier.position,
            "presence": barrier.presence,
            "obstacle": False,
            "manual_open": barrier.manual_open,
            "at": datetime.now(UTC).isoformat(),
        }

    @routes.post("/open", status_code=204)
    async def open_arm(site: str, lane: str) -> Response:
        find(site, lane).open()
        return Response(status_code=204)

    @routes.post("/close", status_code=204)
    async def close_arm(site: str, lane: str) -> Response:
        find(site, lane).close()
        return Response(status_code=204)

    return routes


def _truth_routes(world: World) -> APIRouter:
    routes = APIRouter()

    @routes.get("/truth")
    async def truth() -> list[dict[str, Any]]:
        return world.truth

    return routes


class _Server(uvicorn.Server):
    """Ends the streams when it is told to stop; without that it would have to break them off."""

    def __init__(self, config: uvicorn.Config, ending: threading.Event) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._ending.set()
        super().handle_exit(sig, frame)


def main() -> None:
    """Entry point of `python -m simulation.server --settings FILE`."""
    parser = argparse.ArgumentParser(description="Simulated gates and platform")
    parser.add_argument("--settings", type=Path, required=True)
    serve(SimulationSettings.model_validate_json(parser.parse_args().settings.read_text(encoding="utf-8")))


def serve(settings: SimulationSettings) -> None:
    """Serve a simulated world until a signal ends it."""
    cv2.setNumThreads(1)  # frames are drawn beside each other already
    ending = threading.Event()
    app = create_app(settings, ending)
    with socket.create_server(("127.0.0.1", settings.port)) as listener:
        port = listener.getsockname()[1]
        print(f"simulation ready on 127.0.0.1:{port}", flush=True)  # whoever started it reads the port here
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections take it over
        _Server(config, ending).run(sockets=[listener])


if __name__ == "__main__":
    main()
