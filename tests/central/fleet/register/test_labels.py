"""A sheet of labels: whole texts in three scripts, and codes that open the device's page."""

from __future__ import annotations

import re
from datetime import date

import cv2
import numpy as np
import pytest

from central.console.words import words_of
from central.fleet.register.labels import label_address, labels_pdf
from central.print.fonts import FOLDER
from central.print.qr import qr_rows
from central.store.register_records import DeviceKind, DeviceRecord
from tests.central.made import NOON

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no fonts for papers here: make assets")


def device(number: int, **more: object) -> DeviceRecord:
    values = {
        "device_id": f"K7W2M{number}", "kind": DeviceKind.CAMERA, "site": "huu-nghi", "node": "huu-nghi-1",
        "camera": "in-1-front", "title": "Camera trước làn vào số 1 – hướng Bằng Tường 凭祥", "serial": "0042-Đ",
        "maintainer": "Viễn thông Lạng Sơn (VNPT)", "warranty_until": date(2024, 7, 14),
    }  # fmt: skip
    return DeviceRecord(**values | more, added_at=NOON, changed_at=NOON)  # type: ignore[arg-type]


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_sheets_hold_fourteen_labels_each() -> None:
    """The fifteenth label begins another sheet; none leaves one empty."""
    words = words_of("vi")
    assert pages(labels_pdf([device(n % 10) for n in range(14)], "https://gate.example", words)) == 1
    assert pages(labels_pdf([device(n % 10) for n in range(15)], "https://gate.example", words)) == 2


def test_vietnamese_and_chinese_signs_are_in_the_fonts_of_the_paper() -> None:
    """The paper says which characters its signs stand for: none of ours is lost, whatever the script."""
    pdf = labels_pdf([device(1)], "https://gate.example", words_of("vi"))
    coded = set(re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>", pdf))
    signs = set("Camera trước làn vào số 1 Đ Lạng Sơn Bảo hành đến 凭祥") - {" "}
    assert {sign for sign in signs if f"{ord(sign):04X}".encode() not in coded} == set()


def test_code_is_read_as_the_short_address() -> None:
    """A phone reads the address of the device's page out of the squares."""
    address = label_address("https://gate.example/", "K7W2M1")
    squares = np.array(qr_rows(address))
    picture = np.where(np.kron(squares, np.ones((8, 8), bool)), 0, 255).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == "https://gate.example/d/K7W2M1"
