"""`smartgate geometry`: what a camera would see of a plate before it is bought and hung up."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contract.errors import ConfigError

if TYPE_CHECKING:
    from simulation.camera_geometry import Camera, Geometry, PlateForm
    from simulation.camera_verdict import Finding, Level


def command(
    *,
    distance: Annotated[float, typer.Option(help="Along the lane from the camera to the plate, in m.")],
    focal: Annotated[float, typer.Option(help="Focal length of the lens in mm.")],
    height: Annotated[float, typer.Option(help="Of the camera above the ground, in m.")],
    offset: Annotated[float, typer.Option(help="Of the camera from the middle of the lane, in m.")] = 0.0,
    sensor: Annotated[str, typer.Option(help="Optical format as 1/2.8, or size in mm as 5.57x3.13.")] = "1/2.8",
    pixels: Annotated[str, typer.Option(help="Of the picture.")] = "1920x1080",
    plate: Annotated[
        list[str] | None, typer.Option(help="vn-two-row, vn-one-row, cn-two-row, cn-one-row, cn-nev; all if left out.")
    ] = None,
    plate_height: Annotated[float, typer.Option(help="Of the plate above the ground, in m.")] = 0.75,
    speed: Annotated[float, typer.Option(help="Of the vehicle in km/h.")] = 20.0,
    shutter: Annotated[str, typer.Option(help="As 1/500, in s.")] = "1/500",
    fps: Annotated[float, typer.Option(help="Frames a second that the node takes (max_fps).")] = 5.0,
    aperture: Annotated[float | None, typer.Option(help="F-number; gives the depth of field.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the drawing, an SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Pixels on plates, angles, blur, focus and a verdict for a camera at a place."""
    from simulation.camera_drawing import draw
    from simulation.camera_geometry import Camera, Place, compute, sensor_of
    from simulation.camera_verdict import findings, verdict

    size = _pixels(pixels)
    camera = Camera(sensor_of(sensor, size), size, focal, aperture, _shutter(shutter), fps)
    place = Place(distance, height, offset, plate_height, speed)
    geometry = compute(camera, place, _forms(plate))
    found = findings(camera, geometry)
    level = verdict(found)
    if out is not None:
        try:
            out.write_text(draw(camera, place, geometry, level), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"cannot write the drawing to {out}: {error.strerror}") from error
    if as_json:
        typer.echo(json.dumps(_answer(camera, geometry, level, found), ensure_ascii=False))
    else:
        _print(camera, geometry, level, found)


def _pixels(text: str) -> tuple[int, int]:
    size = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if size is None:
        raise ConfigError(f"pixels: expected width x height such as 1920x1080, got {text!r}")
    return int(size[1]), int(size[2])


def _shutter(text: str) -> float:
    share = re.fullmatch(r"(?:(\d+(?:\.\d+)?)/)?(\d+(?:\.\d+)?)", text)
    if share is None or float(share[2]) == 0:
        raise ConfigError(f"shutter: expected seconds such as 1/500 or 0.002, got {text!r}")
    return float(share[1]) / float(share[2]) if share[1] else float(share[2])


def _forms(names: list[str] | None) -> tuple[PlateForm, ...]:
    from simulation.camera_geometry import PlateForm

    for name in names or ():
        if name not in list(PlateForm):
            raise ConfigError(f"plate: expected one of {', '.join(PlateForm)}, got {name!r}")
    return tuple(PlateForm(name) for name in names) if names else tuple(PlateForm)


def _answer(camera: Camera, geometry: Geometry, level: Level, found: list[Finding]) -> dict[str, Any]:
    focus = geometry.focus_m
    return {
        "sensor_mm": [round(side, 2) for side in camera.sensor_mm],
        "sight_m": round(geometry.sight_m, 2),
        "tilt_deg": round(geometry.tilt_deg, 1),
        "yaw_deg": round(geometry.yaw_deg, 1),
        "skew_deg": round(geometry.skew_deg, 1),
        "width_share": round(geometry.width_share, 3),
        "height_share": round(geometry.height_share, 3),
        "view_deg": round(geometry.view_deg, 1),
        "view_width_m": round(geometry.view_width_m, 2),
        "lamp_reach_m": round(geometry.lamp_reach_m, 1),
        "focus_m": focus and [round(focus[0], 2), None if math.isinf(focus[1]) else round(focus[1], 2)],
        "plates": [
            {
                "plate": view.plate,
                "width_px": round(view.width_px, 1),
                "row_px": round(view.row_px, 1),
                "character_px": round(view.character_px, 1),
                "blur_px": round(view.blur_px, 2),
                "longest_shutter_s": round(view.longest_shutter_s, 6),
                "readable_m": view.readable_m and [round(view.readable_m[0], 2), round(view.readable_m[1], 2)],
                "readable_frames": view.readable_frames,
            }
            for view in geometry.plates
        ],
        "verdict": level,
        "findings": [{"level": one.level, "text": one.text} for one in found],
    }


def _print(camera: Camera, geometry: Geometry, level: Level, found: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    table.add_column("plate", no_wrap=True)
    for name in ("width px", "row px", "letter px", "blur px", "sharp at", "readable", "frames"):
        table.add_column(name, justify="right", no_wrap=True)
    for view in geometry.plates:
        table.add_row(
            view.plate,
            f"{view.width_px:.0f}",
            f"{math.floor(view.row_px)}",
            f"{view.character_px:.0f}",
            f"{view.blur_px:.1f}",
            f"1/{math.ceil(1 / view.longest_shutter_s)} s",
            f"{view.readable_m[0]:.1f}–{view.readable_m[1]:.1f} m" if view.readable_m else "nowhere",
            str(view.readable_frames),
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"\ntilt {geometry.tilt_deg:.1f}°, yaw {geometry.yaw_deg:.1f}°: the plate is seen {geometry.width_share:.0%} "
        f"as wide and {geometry.height_share:.0%} as high as from straight ahead, skewed by {geometry.skew_deg:.1f}°",
        soft_wrap=True,
    )
    console.print(
        f"sensor {camera.sensor_mm[0]:.2f} × {camera.sensor_mm[1]:.2f} mm: the view is {geometry.view_deg:.0f}°, "
        f"{geometry.view_width_m:.1f} m wide at the plate, {geometry.sight_m:.1f} m away; "
        f"an IR lamp must reach {geometry.lamp_reach_m:.1f} m",
        soft_wrap=True,
    )
    if geometry.focus_m is not None:
        near, far = geometry.focus_m
        console.print(f"sharp from {near:.1f} m to {'infinity' if math.isinf(far) else f'{far:.1f} m'}")
    console.print(f"\n[bold]{level}[/bold]" + (": nothing speaks against it" if not found else ""))
    for one in found:
        console.print(f"  {one.level}: {one.text}", soft_wrap=True)
