"""`smartgate read`: the JSON that programs lean on, and real pictures where this machine has them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.plate import PlateColour
from rendering.plate import design_for, draw_plate

PICTURES = Path(os.environ.get("SMARTGATE_PICTURES", Path(__file__).parents[2].parent / "shared" / "data"))


def _read(*arguments: str) -> tuple[int, list[dict]]:
    command = [sys.executable, "-m", "cli", "read", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_pictures_are_read_and_one_that_cannot_be_opened_stops_nothing(tmp_path):
    """Each picture gives its object with the documented keys; a missing one gives its error, and exit status 1."""
    picture = tmp_path / "lane.png"
    plate = draw_plate(design_for("12C34567", PlateColour.YELLOW, 1), height_px=60).image
    frame = np.full((480, 800, 3), 90, np.uint8)
    frame[250 : 250 + plate.shape[0], 250 : 250 + plate.shape[1]] = plate
    cv2.imwrite(str(picture), frame)
    status, (missing, answer) = _read(str(tmp_path / "missing.jpg"), str(picture))
    assert status == 1
    assert set(missing) == {"picture", "error"}
    assert (answer["width"], answer["height"]) == (800, 480)
    assert set(answer["ms"]) == {"detect", "read"}
    (found,) = answer["plates"]
    assert set(found) == {"text", "confidence", "box", "corners", "country", "kind", "lines", "candidates"}
    assert (found["text"], found["country"], found["lines"]) == ("12C34567", "VN", 1)
    assert len(found["corners"]) == 4
    assert found["candidates"][0]["text"] == found["text"]


@pytest.mark.pictures
def test_labelled_real_crops_are_read():
    """Of thirty labelled Chinese crops at least 27 are read exactly; the labels' own errors leave room."""
    manifest = PICTURES / "cn" / "manifest.csv"
    if not manifest.is_file():
        pytest.skip(f"no labelled pictures in {PICTURES}; SMARTGATE_PICTURES names another folder")
    with manifest.open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["use"] == "crop_text"][::30][:30]
    status, answers = _read("--crop", *(str(manifest.parent / row["file"]) for row in rows))
    texts = [answer["plates"][0]["text"] if answer["plates"] else "" for answer in answers]
    assert status == 0
    assert sum(text == row["text"] for text, row in zip(texts, rows, strict=True)) >= 27
