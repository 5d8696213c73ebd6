"""Serves the simulated world: cameras as MJPEG, barriers as HTTP relays, the platform as REST, and the truth.

python -m simulation.server --settings FILE
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import StreamingResponse

from simulation.barrier import SimBarrier
from simulation.settings import SimulationSettings
from simulation.world import SimCamera, World

_TICK_S = 0.05
_BOUNDARY = "frame"


def create_app(settings: SimulationSettings) -> FastAPI:
    """The simulated world as a web application; it begins when the application starts."""
    world = World(settings, datetime.now(UTC))
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="render")
    began_s = time.monotonic()

    def now_s() -> float:
        return time.monotonic() - began_s

    async def run_world() -> None:
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(pool, world.tick, now_s())
            await asyncio.sleep(_TICK_S)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(run_world(), name="world")
        yield
        task.cancel()
        pool.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(title="Simulated gates and platform", lifespan=lifespan)

    async def stream(camera: SimCamera) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            due_s = now_s()
            jpeg = await loop.run_in_executor(pool, camera.jpeg, now_s())
            if jpeg is None:
                return
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            yield head.encode() + jpeg + b"\r\n"
            fps = settings.busy_fps if camera.busy() else settings.idle_fps
            # paced from when this frame was asked for: a busy machine gets fewer frames, never late ones
            await asyncio.sleep(max(0.01, due_s + 1 / fps - now_s()))

    @app.get("/cameras/{site}/{camera}.mjpeg")
    async def mjpeg(site: str, camera: str) -> StreamingResponse:
        found = world.cameras.get((site, camera))
        if found is None or found.fault == "signal_lost":
            raise HTTPException(404 if found is None else 503, "no such camera" if found is None else "no signal")
        return StreamingResponse(stream(found), media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}")

    def barrier(site: str, lane: str) -> SimBarrier:
        found = world.lanes.get((site, lane))
        if found is None:
            raise HTTPException(404, f"no lane {site}/{lane}")
        return found.barrier

    @app.get("/lanes/{site}/{lane}/barrier/state")
    async def barrier_state(site: str, lane: str) -> dict[str, Any]:
        found = barrier(site, lane)
        return {
            "position": found.position,
            "presence": found.presence,
            "obstacle": False,
            "manual_open": found.manual_open,
            "at": datetime.now(UTC).isoformat(),
        }

    @app.post("/lanes/{site}/{lane}/barrier/open", status_code=204)
    async def barrier_open(site: str, lane: str) -> Response:
        barrier(site, lane).open()
        return Response(status_code=204)

    @app.post("/lanes/{site}/{lane}/barrier/close", status_code=204)
    async def barrier_close(site: str, lane: str) -> Response:
        barrier(site, lane).close()
        return Response(status_code=204)

    @app.get("/api/declarations")
    async def declarations(
        cursor: str = "", limit: int = 100, authorization: Annotated[str, Header()] = ""
    ) -> dict[str, Any]:
        if authorization != f"Bearer {settings.platform_key}":
            raise HTTPException(401, "expected the platform key as a bearer token")
        try:
            return world.platform.page(cursor, limit)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error

    @app.get("/truth")
    async def truth() -> list[dict[str, Any]]:
        return world.truth

    @app.post("/cameras/{site}/{camera}/fault", status_code=204)
    async def fault(site: str, camera: str, kind: str) -> Response:
        found = world.cameras.get((site, camera))
        if found is None or kind not in ("freeze", "dark", "signal_lost", "none"):
            raise HTTPException(400, "expected a known camera, and freeze, dark, signal_lost or none")
        found.fault = None if kind == "none" else kind  # type: ignore[assignment]  # checked above
        return Response(status_code=204)

    return app


def main() -> None:
    """Entry point of `python -m simulation.server --settings FILE`."""
    parser = argparse.ArgumentParser(description="Simulated gates and platform")
    parser.add_argument("--settings", type=Path, required=True)
    settings = SimulationSettings.model_validate_json(parser.parse_args().settings.read_text(encoding="utf-8"))
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
