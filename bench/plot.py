"""The robustness curves as an SVG picture: one small panel an effect, legible on light and dark pages."""

from __future__ import annotations

from html import escape

from bench.answers import wilson
from bench.curves import EFFECTS, Effect, Point

_COLUMNS = 3
_PANEL_WIDTH, _PANEL_HEIGHT = 270, 190
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 30, 12, 44
_HEAD = 48
_COLOURS = ("#2f7ed8", "#d9730d", "#2a9d62")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600; font-size: 13px }
.grid { fill: none; stroke: #8886; stroke-width: 1 } .axis { fill: none; stroke: #888; stroke-width: 1 }
.exact { fill: none; stroke-width: 2 } .wrong { fill: none; stroke-width: 1.5; stroke-dasharray: 4 3 }
.band { stroke: none; opacity: 0.16 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""


def svg(points: list[Point]) -> str:
    """All effects that were measured; full lines are exact, dashed ones wrong, bands the 95 % interval."""
    effects = [effect for effect in EFFECTS if any(point.effect == effect.name for point in points)]
    engines = list(dict.fromkeys(point.engine for point in points))
    rows = -(-len(effects) // _COLUMNS)
    width, height = _COLUMNS * _PANEL_WIDTH, _HEAD + rows * _PANEL_HEIGHT
    body = [_legend(engines, points)]
    for place, effect in enumerate(effects):
        x, y = place % _COLUMNS * _PANEL_WIDTH, _HEAD + place // _COLUMNS * _PANEL_HEIGHT
        of_effect = [point for point in points if point.effect == effect.name]
        body.append(f'<g transform="translate({x} {y})">{_panel(effect, of_effect, engines)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="Share of plates read exactly as pictures get worse"><style>{_STYLE}</style>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _legend(engines: list[str], points: list[Point]) -> str:
    parts, x = [], _LEFT
    for engine, colour in zip(engines, _COLOURS, strict=False):
        parts.append(
            f'<path class="exact" stroke="{colour}" d="M{x} 20h26"/>{_mark(x + 13, 20, colour, engines, engine)}'
        )
        parts.append(f'<text x="{x + 32}" y="24">{escape(engine)}, exact</text>')
        parts.append(f'<path class="wrong" stroke="{colour}" d="M{x + 140} 20h26"/>')
        parts.append(f'<text x="{x + 172}" y="24">wrong</text>')
        x += 240
    n = min((point.tally.n for point in points), default=0)
    parts.append(f'<text x="{_COLUMNS * _PANEL_WIDTH - _RIGHT}" y="42" text-anchor="end">n = {n} a point</text>')
    return "".join(parts)


def _panel(effect: Effect, points: list[Point], engines: list[str]) -> str:
    parts = [_axes(effect)]
    for engine, colour in zip(engines, _COLOURS, strict=False):
        line = [point for point in points if point.engine == engine]
        spans = [wilson(point.tally.exact, point.tally.n) for point in line]
        xs = [_x(effect, point.level) for point in line]
        upper = [f"{x:.1f},{_y(high):.1f}" for x, (_, high) in zip(xs, spans, strict=True)]
        lower = [f"{x:.1f},{_y(low):.1f}" for x, (low, _) in zip(xs, spans, strict=True)]
        exact = [point.tally.exact / point.tally.n for point in line]
        wrong = [point.tally.wrong / point.tally.n for point in line]
        parts.append(f'<polygon class="band" fill="{colour}" points="{" ".join(upper + lower[::-1])}"/>')
        parts.append(f'<polyline class="wrong" stroke="{colour}" points="{_polyline(xs, wrong)}"/>')
        parts.append(f'<polyline class="exact" stroke="{colour}" points="{_polyline(xs, exact)}"/>')
        parts += [_mark(x, _y(share), colour, engines, engine) for x, share in zip(xs, exact, strict=True)]
    return "".join(parts)


def _axes(effect: Effect) -> str:
    right, bottom = _PANEL_WIDTH - _RIGHT, _PANEL_HEIGHT - _BOTTOM
    parts = [f'<text class="title" x="{_LEFT}" y="18">{escape(effect.name)}</text>']
    for percent in (0, 50, 100):
        y = _y(percent / 100)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    parts.append(f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>')
    for level in effect.levels:
        x = _x(effect, level)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{level:g}</text>')
    middle = (_LEFT + right) / 2
    parts.append(f'<text x="{middle}" y="{bottom + 33}" text-anchor="middle">{escape(effect.unit)}</text>')
    return "".join(parts)


def _x(effect: Effect, level: float) -> float:
    """Levels stand at equal distances, from good to bad."""
    width = _PANEL_WIDTH - _LEFT - _RIGHT - 16
    return _LEFT + 8 + width * effect.levels.index(level) / (len(effect.levels) - 1)


def _y(share: float) -> float:
    return _TOP + (_PANEL_HEIGHT - _BOTTOM - _TOP) * (1 - share)


def _polyline(xs: list[float], shares: list[float]) -> str:
    return " ".join(f"{x:.1f},{_y(share):.1f}" for x, share in zip(xs, shares, strict=True))


def _mark(x: float, y: float, colour: str, engines: list[str], engine: str) -> str:
    """A shape of its own for each engine: colour alone would not do."""
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"/>',
        f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}"/>',
        f'<path d="M{x - 4:.1f} {y + 3:.1f}h8l-4 -7z" fill="{colour}"/>',
    )
    return shapes[engines.index(engine)]
