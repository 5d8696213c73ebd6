"""`smartgate watch`: passages in a video or stream."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from contract.region import CameraRegion
    from edge.lpr.types import LaneEvent, Observation


def command(
    source: Annotated[str, typer.Argument(help="Video file or stream address.", metavar="VIDEO|URL")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a passage and line.")] = False,
    max_fps: Annotated[float, typer.Option(help="Look at no more than this many frames a second.")] = 6.0,
    region: Annotated[
        Path | None,
        typer.Option(help="Where the lane lies: a TOML file with the keys of [cameras.region].", metavar="FILE"),
    ] = None,
) -> None:
    """Tell the passages in a video or stream: plate or the reason for none, direction, times."""
    from datetime import UTC, datetime, timedelta

    from edge.cameras.settings import CameraSettings
    from edge.cameras.sources import open_source
    from edge.frame import Frame
    from edge.lpr.engine import open_reader
    from edge.lpr.pipeline import LanePipeline
    from edge.lpr.settings import LprSettings

    if not as_json:
        typer.echo(f"{'first s':>9} {'last s':>9}  {'plate':28} {'direction':11} {'frames':>6} {'reads':>6}")
    settings = LprSettings()
    pipeline = LanePipeline(open_reader(settings), settings, camera="watch", region=_region(region))
    began_at = datetime.now(UTC)
    due_s = 0.0
    camera = CameraSettings(name="watch", lane="watch", source=source, realtime=False, max_fps=max_fps)
    with open_source(camera) as video:
        try:
            for number, (image, offset_s) in enumerate(video.frames()):
                if offset_s + 1e-6 < due_s:
                    continue
                due_s = offset_s + 1.0 / max_fps
                frame = Frame(image, "watch", began_at + timedelta(seconds=offset_s), offset_s, number)
                _tell(pipeline.process(frame), as_json=as_json)
        finally:  # a lost stream, or Ctrl-C, ends the vehicle in view as well
            _tell(pipeline.flush(), as_json=as_json)


def _region(path: Path | None) -> CameraRegion | None:
    import tomllib

    from pydantic import ValidationError

    from contract.errors import ConfigError
    from contract.region import CameraRegion

    if path is None:
        return None
    try:
        return CameraRegion.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the region {path}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigError(f"{path} is no region: {faults}") from error


def _tell(events: list[LaneEvent], *, as_json: bool) -> None:
    from edge.lpr.types import VehicleLeft

    for event in events:
        if isinstance(event, VehicleLeft):
            passage = _passage(event.observation)
            typer.echo(json.dumps(passage, ensure_ascii=False) if as_json else _row(passage))


def _passage(seen: Observation) -> dict[str, Any]:
    import uuid_utils

    plate = None
    if seen.plate:
        plate = {
            "text": seen.plate.text,
            "confidence": seen.plate.confidence,
            "country": seen.plate.country,
            "kind": seen.plate.kind,
            "lines": seen.plate.lines,
            "candidates": [{"text": c.text, "confidence": c.confidence} for c in seen.plate.candidates],
        }
    return {
        "passage_id": str(uuid_utils.uuid7()),
        "first_seen_s": round(seen.first_monotonic_s, 3),
        "last_seen_s": round(seen.last_monotonic_s, 3),
        "direction": seen.direction,
        "plate": plate,
        "abstained": seen.abstained,
        "container": seen.container,
        "turned_back": seen.turned_back,
        "frames": seen.frames,
        "reads": seen.reads,
    }


def _row(passage: dict[str, Any]) -> str:
    from contract.plate import format_plate

    plate = passage["plate"]
    what = f"{format_plate(plate['text'])} ({plate['confidence']:.0%})" if plate else f"none: {passage['abstained']}"
    times = f"{passage['first_seen_s']:9.1f} {passage['last_seen_s']:9.1f}"
    way = "turned back" if passage["turned_back"] else passage["direction"] or "–"
    return f"{times}  {what:28} {way:11} {passage['frames']:6} {passage['reads']:6}"
