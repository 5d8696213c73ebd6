"""The peer that the bench measures beside our own models."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.ppocr import package
from bench.ppocr.engine import open_ppocr
from bench.ppocr.row_reader import RowReader
from bench.ppocr.rows import TextRowDetector
from bench.scenes import CLASSES, LIGHTS, View, make_vehicle, photograph, rng_for
from bench.speed import noted_runs
from bench.suite import ENGINES
from contract.errors import ModelError
from contract.plate import ALPHABET
from edge.lpr.preprocess import box_of, whole_picture
from edge.lpr.settings import LprSettings

_BLANK = np.zeros((320, 320, 3), np.uint8)


class _Heat:
    """A text detector that sees text in some upright regions: left, top, right, bottom."""

    def __init__(self, *regions: tuple[int, int, int, int]) -> None:
        self.regions = regions

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        heat = np.zeros((1, 1, *tensor.shape[2:]), np.float32)
        for left, top, right, bottom in self.regions:
            heat[0, 0, top:bottom, left:right] = 0.9
        return heat


class _Line:
    """A text model that reads the same in every row, surely."""

    def __init__(self, text: str) -> None:
        self.text = text

    def characters(self) -> list[str]:
        return [*ALPHABET, *"abcdefghijklmnopqrstuvwxyz-. "]

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        places = ["", *self.characters()]
        answer = np.zeros((1, 2 * len(self.text), len(places)), np.float32)
        for step, character in enumerate(self.text):
            answer[0, 2 * step, places.index(character)] = 1.0
            answer[0, 2 * step + 1, 0] = 1.0
        return answer


def _found(*regions: tuple[int, int, int, int]):
    return TextRowDetector(_Heat(*regions)).detect(_BLANK, side_px=320)


def test_a_row_of_text_is_found_where_it_is() -> None:
    """The shrunken region is grown again, by as much at each side."""
    (plate,) = _found((100, 100, 180, 116))
    assert (plate.box.x1 + plate.box.x2, plate.box.y1 + plate.box.y2) == pytest.approx((279, 215), abs=2)
    assert 85 < plate.box.width < 120
    assert plate.rows == (plate.corners,)


def test_two_rows_above_each_other_may_be_one_plate() -> None:
    """The pair and each row of it are candidates."""
    found = _found((110, 100, 170, 116), (100, 130, 180, 146))
    pairs = [plate for plate in found if len(plate.rows) == 2]
    assert len(found) == 3
    assert [plate.box for plate in pairs] == [box_of(*pairs[0].rows)]


def test_rows_far_from_each_other_are_no_pair() -> None:
    """Two rows with a gap of several rows between them are not of one plate."""
    assert all(len(plate.rows) == 1 for plate in _found((100, 60, 180, 76), (100, 200, 180, 216)))


def test_a_row_is_read() -> None:
    """Separators and small letters are no matter."""
    crop = np.full((60, 240, 3), 230, np.uint8)
    read = RowReader(_Line("12c-345.67")).read(crop, whole_picture(crop))
    assert read is not None
    assert (read.text, read.lines) == ("12C34567", 1)


def test_a_high_crop_is_read_as_two_rows() -> None:
    """Without known rows, the shape of the crop says how many there are."""
    crop = np.full((120, 200, 3), 230, np.uint8)
    read = RowReader(_Line("12C3")).read(crop, whole_picture(crop))
    assert read is not None
    assert (read.text, read.lines) == ("12C312C3", 2)


def test_the_peer_reads_a_clear_plate_and_its_runs_are_noted() -> None:
    """By day, 250 pixels wide; both of its models ran, from the files that the package carries."""
    rng = rng_for("peer")
    scene = photograph(make_vehicle(CLASSES[0], rng), View(250, light=LIGHTS[0]), rng)
    peer = open_ppocr(LprSettings())
    with noted_runs() as runs:
        found = peer.read_part(scene.image, scene.part, side_px=LprSettings().frame_side_px)
    assert [read.text for _, read in found.plates] == [scene.design.text]
    assert {run.model.name for run in runs} == set(peer.versions)
    assert all(run.model.path.is_file() for run in runs)


def test_a_missing_package_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench says what to install."""
    monkeypatch.setattr(package.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"not installed; .*pip install rapidocr==3"):
        ENGINES["ppocr"](LprSettings())


def test_another_file_than_the_measured_one_is_refused() -> None:
    """A peer that changed would give numbers under an old name."""
    with pytest.raises(ModelError, match="rapidocr 3"):
        package.PackagedModel("PP-OCRv6_det_small.onnx", "0" * 64)
