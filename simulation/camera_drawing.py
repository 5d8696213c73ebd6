"""A camera and its lane from the side and from above as SVG: what an installer looks at on a phone beside the pole."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from simulation.camera_geometry import Camera, Geometry, Place
from simulation.camera_verdict import Level

_WIDTH, _EDGE, _LINE = 720, 24, 32
_BEHIND_M, _LORRY_M, _LORRY_HIGH_M, _LORRY_WIDE_M, _LANE_WIDE_M = 1.2, 7.0, 3.6, 2.5, 3.5
_COLOURS = {Level.GOOD: "#1a7f37", Level.TIGHT: "#9a6700", Level.UNFIT: "#cf222e"}
_STYLE = """
text { font: 22px system-ui, sans-serif; fill: #1f2328 }
.big { font-size: 30px; font-weight: 700 }
.name { font-weight: 700 }
.ground { stroke: #57606a; stroke-width: 3 }
.lane { fill: #eaeef2 }
.lorry { fill: #c8d1da; stroke: #57606a; stroke-width: 2 }
.glass { fill: #8fa3b8 }
.plate { fill: #ffd33d; stroke: #1f2328; stroke-width: 2 }
.view { fill: #54aeff; fill-opacity: .22; stroke: #0969da; stroke-width: 1.5 }
.sight { stroke: #0969da; stroke-width: 3; stroke-dasharray: 10 6 }
.readable { stroke: #1a7f37; stroke-width: 12; stroke-opacity: .55 }
.size { stroke: #1f2328; stroke-width: 2 }
.camera { fill: #1f2328 }
"""


def draw(camera: Camera, place: Place, geometry: Geometry, level: Level) -> str:
    """The drawing as the text of an SVG file: side view, plan view, a line for each plate, the verdict."""
    canvas = _Canvas(camera, place, geometry)
    body = [canvas.head(level), canvas.side(), canvas.plan(), canvas.plates()]
    height = round(canvas.y)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="Camera and lane from the side and from above"><style>{_STYLE}</style>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


class _Canvas:
    """Puts one part under the other; `y` is where the next one begins."""

    def __init__(self, camera: Camera, place: Place, geometry: Geometry) -> None:
        self.camera, self.place, self.geometry = camera, place, geometry
        ranges = [view.readable_m for view in geometry.plates if view.readable_m]
        # the stretch in which every plate is readable
        self.readable_m = (max(near for near, _ in ranges), min(far for _, far in ranges)) if ranges else None
        far_m = self.readable_m[1] if self.readable_m else 0.0
        self.end_m = max(place.distance_m + _LORRY_M, min(far_m, 2.2 * place.distance_m)) + 0.5
        self.scale = (_WIDTH - 2 * _EDGE) / (self.end_m + _BEHIND_M)
        self.y = 0.0

    def head(self, level: Level) -> str:
        camera, geometry = self.camera, self.geometry
        format_mm = f"{camera.sensor_mm[0]:.2f} × {camera.sensor_mm[1]:.2f} mm"
        lines = (
            ("big", f"{level.upper()}", _COLOURS[level]),
            ("", f"lens {camera.focal_mm:g} mm, sensor {format_mm}, {camera.pixels[0]} × {camera.pixels[1]} px", ""),
            (
                "",
                f"tilt {geometry.tilt_deg:.0f}°, yaw {geometry.yaw_deg:.0f}°; view {geometry.view_width_m:.1f} m wide",
                "",
            ),
            ("", f"plate {self.place.plate_height_m:g} m high, lamp must reach {geometry.lamp_reach_m:.0f} m", ""),
        )
        parts = []
        self.y = 14.0
        for kind, text, colour in lines:
            self.y += _LINE
            fill = f' style="fill:{colour}"' if colour else ""
            parts.append(f'<text class="{kind}" x="{_EDGE}" y="{self.y:.0f}"{fill}>{escape(text)}</text>')
        self.y += 14
        return "\n".join(parts)

    def side(self) -> str:
        place, scale = self.place, self.scale
        begin = self.y + _LINE
        ground = begin + _LINE + max(_LORRY_HIGH_M, place.height_m) * scale
        self.y = ground + 110

        def at(z_m: float, y_m: float) -> tuple[float, float]:
            return self._x(z_m), ground - y_m * scale

        z, high = place.distance_m, place.plate_height_m
        # as seen from the side; the camera's own tilt counts along the line of sight
        tilt, half = math.atan2(place.height_m - high, z), self._half_angle(1)
        lens, plate = at(0, place.height_m), at(z, high)
        parts = [
            self._title("from the side", begin - 8),
            self._view("side", (_EDGE, begin, _WIDTH - 2 * _EDGE, ground - begin), lens, (tilt - half, tilt + half)),
            self._lorry_side(at),
            _line("ground", (_EDGE, ground), (_WIDTH - _EDGE, ground)),
            self._readable(ground + 12),
            _line("ground", at(0, 0), lens),
            _line("sight", lens, plate),
            _box("camera", (lens[0] - 13, lens[1] - 8), (26, 16)),
            _box("plate", (plate[0] - 4, plate[1] - 9), (8, 18)),
            self._size((self._x(0), ground + 34), (plate[0], ground + 34), f"{z:g} m"),
            self._label((lens[0] + 18, lens[1] - 8), f"{place.height_m:g} m high", "start"),
        ]
        return "\n".join(parts)

    def plan(self) -> str:
        place, scale = self.place, self.scale
        offset = place.offset_m
        low_m = min(offset - _LANE_WIDE_M / 2, 0.0) - 0.5
        high_m = max(offset + _LANE_WIDE_M / 2, 0.0) + 0.5
        begin = self.y + _LINE
        end = begin + (high_m - low_m) * scale
        self.y = end + 2 * _LINE + 14

        def at(z_m: float, x_m: float) -> tuple[float, float]:
            return self._x(z_m), begin + (x_m - low_m) * scale

        yaw, half = math.radians(self.geometry.yaw_deg), self._half_angle(0)
        lens, plate, z = at(0, 0), at(place.distance_m, offset), place.distance_m
        lane = at(-_BEHIND_M, offset - _LANE_WIDE_M / 2)
        parts = [
            self._title("from above", begin - 8),
            _box("lane", lane, (_WIDTH - 2 * _EDGE, _LANE_WIDE_M * scale)),
            self._view("plan", (_EDGE, begin, _WIDTH - 2 * _EDGE, end - begin), lens, (yaw - half, yaw + half)),
            _box("lorry", at(z, offset - _LORRY_WIDE_M / 2), (_LORRY_M * scale, _LORRY_WIDE_M * scale)),
            _line("sight", lens, plate),
            _box("camera", (lens[0] - 13, lens[1] - 8), (26, 16)),
            _box("plate", (plate[0] - 4, plate[1] - 0.26 * scale), (8, 0.52 * scale)),
            self._label((_EDGE, end + 26), f"camera {abs(offset):g} m beside the middle of the lane", "start"),
        ]
        return "\n".join(parts)

    def plates(self) -> str:
        columns = ((_EDGE, "start"), (360, "end"), (510, "end"), (_WIDTH - _EDGE, "end"))
        rows = [("plate", "width", "row", "readable")]
        for view in self.geometry.plates:
            span = f"{view.readable_m[0]:.1f}–{view.readable_m[1]:.1f} m" if view.readable_m else "nowhere"
            rows.append((view.plate, f"{view.width_px:.0f} px", f"{math.floor(view.row_px)} px", span))
        parts = []
        for number, row in enumerate(rows):
            for (x, anchor), text in zip(columns, row, strict=True):
                kind = "name" if number == 0 else ""
                parts.append(
                    f'<text class="{kind}" x="{x}" y="{self.y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
                )
            self.y += _LINE
        return "\n".join(parts)

    def _x(self, z_m: float) -> float:
        return _EDGE + (z_m + _BEHIND_M) * self.scale

    def _half_angle(self, side: int) -> float:
        return math.atan(self.camera.sensor_mm[side] / (2 * self.camera.focal_mm))

    def _title(self, text: str, y: float) -> str:
        return f'<text class="name" x="{_EDGE}" y="{y:.0f}">{text}</text>'

    def _view(
        self,
        name: str,
        panel: tuple[float, float, float, float],
        lens: tuple[float, float],
        angles: tuple[float, float],
    ) -> str:
        """The wedge that the camera sees, cut off at the panel."""
        reach = 4 * _WIDTH
        ends = [(lens[0] + reach * math.cos(angle), lens[1] + reach * math.sin(angle)) for angle in angles]
        points = " ".join(f"{x:.0f},{y:.0f}" for x, y in (lens, *ends))
        x, y, width, height = panel
        clip = f'<clipPath id="{name}"><rect x="{x}" y="{y:.0f}" width="{width}" height="{height:.0f}"/></clipPath>'
        return f'{clip}<polygon class="view" points="{points}" clip-path="url(#{name})"/>'

    def _lorry_side(self, at: object) -> str:
        assert callable(at)
        z, scale = self.place.distance_m, self.scale
        cab, box = at(z, 2.8), at(z + 2.2, _LORRY_HIGH_M)
        wheels = [at(z + along, 0.45) for along in (1.2, _LORRY_M - 2.4, _LORRY_M - 1.1)]
        return "".join(
            (
                _box("lorry", cab, (2.0 * scale, 2.3 * scale)),
                _box("lorry", box, ((_LORRY_M - 2.2) * scale, (_LORRY_HIGH_M - 0.5) * scale)),
                _box("glass", at(z, 2.6), (0.9 * scale, 0.8 * scale)),
                *(f'<circle class="camera" cx="{x:.0f}" cy="{y:.0f}" r="{0.45 * scale:.0f}"/>' for x, y in wheels),
            )
        )

    def _readable(self, y: float) -> str:
        if self.readable_m is None or self.readable_m[0] >= self.readable_m[1]:
            return ""
        near, far = (self._x(min(z_m, self.end_m)) for z_m in self.readable_m)
        label = self._label((min(far, _WIDTH - _EDGE), y + 80), "green: every plate readable", "end")
        return _line("readable", (near, y), (far, y)) + label

    def _size(self, start: tuple[float, float], end: tuple[float, float], text: str) -> str:
        (x1, y), (x2, _) = start, end
        ticks = "".join(_line("size", (x, y - 8), (x, y + 8)) for x in (x1, x2))
        return _line("size", start, end) + ticks + self._label(((x1 + x2) / 2, y + 28), text, "middle")

    def _label(self, at: tuple[float, float], text: str, anchor: str) -> str:
        return f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    return f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'


def _box(kind: str, corner: tuple[float, float], size: tuple[float, float]) -> str:
    return (
        f'<rect class="{kind}" x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"/>'
    )
