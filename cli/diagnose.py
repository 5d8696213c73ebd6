"""`smartgate diagnose`: health of a camera from its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edge.cameras.settings import CameraSettings
    from edge.frame import Image
    from edge.health.clip import Change, Shown

_TICK_S = 0.5
_LIVE_S = 60.0
_REFERENCE_PICTURES = 40
_REFERENCE_EVERY_S = 0.2


def command(
    source: Annotated[str, typer.Argument(help="Video file or stream address.", metavar="VIDEO|URL")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a change and line.")] = False,
    reference: Annotated[
        Path | None,
        typer.Option(help="The same camera in good order.", metavar="PICTURE_OR_CLIP"),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long a stream is watched; a file is judged whole.")] = _LIVE_S,
) -> None:
    """Tell what is wrong with a camera's picture, since when, and what was measured."""
    from edge.cameras.settings import CameraSettings
    from edge.health.clip import judge_clip

    camera = CameraSettings(name="camera", lane="lane", source=source, realtime=False, max_fps=30.0)
    usual = _reference(reference) if reference is not None else []
    shown = _of_stream(camera, seconds) if "://" in source else _of_file(camera)
    counted = _Counted()
    changes = []
    for change in judge_clip(counted.of(shown), reference=usual):
        changes.append(change)
        typer.echo(json.dumps(_change(change), ensure_ascii=False) if as_json else _line(change))
    summary = _summary(counted, changes)
    typer.echo(json.dumps(summary, ensure_ascii=False) if as_json else _verdict(summary))


class _Counted:
    """How much was shown."""

    frames = 0
    last_s = 0.0

    def of(self, shown: Iterator[Shown]) -> Iterator[Shown]:
        for moment in shown:
            self.frames += moment.image is not None
            self.last_s = moment.at_s
            yield moment


def _of_file(camera: CameraSettings) -> Iterator[Shown]:
    """A file in its own time; where it has a gap, moments with nothing."""
    from edge.cameras.sources import open_source
    from edge.health.clip import Shown

    last_s = 0.0
    with open_source(camera) as video:
        for image, at_s in video.frames():
            while at_s - last_s > 2 * _TICK_S:
                last_s += _TICK_S
                yield Shown(last_s, None)
            last_s = max(last_s, at_s)
            yield Shown(last_s, image)


def _of_stream(camera: CameraSettings, seconds: float) -> Iterator[Shown]:
    """A camera as a node takes it: from a process that may hang, whatever becomes of it."""
    import time

    from edge.cameras.capture import CameraProcess
    from edge.health.clip import Shown

    capture = CameraProcess(camera)
    began_s = time.monotonic()
    capture.start()
    try:
        while (now_s := time.monotonic() - began_s) < seconds:
            frame = capture.latest()
            if frame is not None:
                yield Shown(now_s, frame.image)
            else:
                yield Shown(now_s, None, connected=capture.state.connected)
                time.sleep(0.02)
    except KeyboardInterrupt:
        pass  # the verdict on what was seen is still wanted
    finally:
        capture.stop()


def _reference(path: Path) -> list[Image]:
    """A picture, or looks at the first seconds of a clip."""
    from edge.cameras.settings import CameraSettings
    from edge.cameras.sources import open_source, read_picture

    picture = read_picture(path)
    if picture is not None:
        return [picture]
    found: list[Image] = []
    due_s = 0.0
    with open_source(CameraSettings(name="camera", lane="lane", source=str(path), realtime=False)) as video:
        for image, at_s in video.frames():
            if at_s + 1e-6 >= due_s:
                found.append(image)
                due_s = at_s + _REFERENCE_EVERY_S
            if len(found) >= _REFERENCE_PICTURES:
                break
    return found


def _change(change: Change) -> dict[str, Any]:
    return {
        "at_s": change.at_s,
        "level": change.level.value,
        "reasons": [
            {
                "code": one.code.value,
                "severity": one.severity.value,
                "measure": one.measure,
                "limit": one.limit,
            }
            for one in change.findings
        ],
        "unjudged": {code.value: why for code, why in sorted(change.unjudged.items())},
    }


def _summary(counted: _Counted, changes: list[Change]) -> dict[str, Any]:
    codes: dict[str, float] = {}
    for change in changes:
        for finding in change.findings:
            codes.setdefault(finding.code.value, change.at_s)
    levels = [change.level.value for change in changes]
    order = ["unknown", "ok", "degraded", "failed"]
    return {
        "summary": True,
        "frames": counted.frames,
        "duration_s": round(counted.last_s, 2),
        "level": levels[-1] if levels else "unknown",
        "worst": max(levels, key=order.index, default="unknown"),
        "reasons": [{"code": code, "first_at_s": at_s} for code, at_s in codes.items()],
    }


def _line(change: Change) -> str:
    found = ", ".join(
        f"{one.code.value} ({one.severity.value}: {one.measure:g}, limit {one.limit:g})" for one in change.findings
    )
    return f"{change.at_s:8.1f} s  {change.level.value:9} {found}".rstrip()


def _verdict(summary: dict[str, Any]) -> str:
    if not summary["frames"]:
        return "no frame came"
    found = ", ".join(one["code"] for one in summary["reasons"]) or "nothing wrong was seen"
    return f"{summary['frames']} frames, {summary['duration_s']:g} s; {summary['level']} at the end; {found}"
