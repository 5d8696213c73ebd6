"""Labels for devices: a sheet of them as PDF, each with the QR code of the device's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from central.fleet.register.sentences import day_text
from central.fleet.register.speech import Words, site_name
from central.print.document import Paper
from central.store.register_records import DeviceRecord

PER_ROW: Final = 2
PER_COLUMN: Final = 7
"""A4 sheets of 2 x 7 labels of 99.1 x 38.1 mm are sold everywhere."""
_WIDTH_MM, _HEIGHT_MM = 99.1, 38.1
_LEFT_MM, _TOP_MM = 4.65, 15.15
_QR_MM: Final = 33.0


def label_address(base_url: str, device_id: str) -> str:
    """What the QR code holds: short, so that its squares are large."""
    return f"{base_url.rstrip('/')}/d/{device_id}"


def labels_pdf(devices: Sequence[DeviceRecord], base_url: str, words: Words) -> bytes:
    """One label for each device, in their order.

    Raises:
        ConfigError: the fonts were not made.

    """
    paper = Paper(words("labels.title"), margin_mm=0.0)
    per_page = PER_ROW * PER_COLUMN
    for number, device in enumerate(devices):
        if number and number % per_page == 0:
            paper.page()
        row, column = divmod(number % per_page, PER_ROW)
        x_mm, y_mm = _LEFT_MM + column * (_WIDTH_MM + 2.5), _TOP_MM + row * _HEIGHT_MM
        _draw(paper, x_mm, y_mm, device, base_url=base_url, words=words)
    return paper.bytes()


def _draw(paper: Paper, x_mm: float, y_mm: float, device: DeviceRecord, *, base_url: str, words: Words) -> None:
    paper.box(x_mm, y_mm, _WIDTH_MM, _HEIGHT_MM)
    paper.qr_at(x_mm + 2, y_mm + 2.5, _QR_MM, label_address(base_url, device.device_id))
    lines = [
        (device.device_id, 15, True),
        (
            device.title or " · ".join(filter(None, (device.make, device.model))) or device.camera or device.lane,
            9.5,
            True,
        ),
        (f"{words(f'device_kind.{device.kind.value}')} · {site_name(words, device.site)}", 8.5, False),
        (_said(words, "serial", device.serial), 7.5, False),
        (_said(words, "maintainer", device.maintainer), 7.5, False),
        (_said(words, "warranty_until", day_text(device.warranty_until) if device.warranty_until else ""), 7.5, False),
    ]
    y = y_mm + 2.0
    for text, size_pt, bold in lines:
        if text:
            most = 2 if bold else 1
            y = paper.lines_at(
                x_mm + _QR_MM + 3, y, _WIDTH_MM - _QR_MM - 5, text, size_pt=size_pt, bold=bold, most=most
            )


def _said(words: Words, field: str, value: str) -> str:
    return f"{words(f'device_field.{field}')}: {value}" if value else ""
