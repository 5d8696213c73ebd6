"""What is measured on: the same pictures everywhere, each class, and labels that say what is there."""

from __future__ import annotations

import csv
import random
from itertools import islice
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from bench.answers import Tally
from bench.curves import EFFECTS, Point, curves_table, damaged
from bench.labelled import LabelsError, answers_for, load
from bench.passages import approach
from bench.plot import svg
from bench.scenes import CLASSES, FREIGHT, LIGHTS, View, make_vehicle, photograph, rng_for, scenes
from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.lpr.preprocess import corners_of
from edge.lpr.types import Box, Detection, PictureReads, Read

_COLUMNS = ("file", "kind", "use", "text", "lines", "plate_type", "bbox", "light")


def test_scenes_follow_from_the_seed():
    """The same seed draws the same pictures, another one others."""
    first, again, other = (list(islice(scenes(1, seed), 3)) for seed in (1, 1, 2))
    for one, same, different in zip(first, again, other, strict=True):
        assert np.array_equal(one.image, same.image)
        assert (one.design, one.plate, one.view) == (same.design, same.plate, same.view)
        assert one.design.text != different.design.text


@pytest.mark.parametrize("plate_class", CLASSES, ids=lambda plate_class: plate_class.name)
def test_every_class_is_drawn_as_itself(plate_class):
    """A made-up plate of a class is of its kind and colour, also with a province or suffix of its own."""
    design = plate_class.design(random.Random(3))
    assert (design.kind, design.colour, design.lines) == (plate_class.kind, plate_class.colour, plate_class.lines)
    assert design.text.startswith(plate_class.province)
    assert design.text.endswith(plate_class.suffix)


@pytest.mark.parametrize("light", LIGHTS)
def test_plate_is_where_the_scene_says(light):
    """Inside the frame and the vehicle, of the wanted width, brighter where the film is."""
    rng = rng_for("here", light)
    scene = photograph(make_vehicle(CLASSES[2], rng), View(200, light=light), rng)
    assert scene.image.shape == (720, 1280, 3)
    assert scene.plate.width == pytest.approx(200, abs=1)
    assert scene.part.overlap(scene.plate) == pytest.approx(1)
    inside = scene.image[int(scene.plate.y1) : int(scene.plate.y2), int(scene.plate.x1) : int(scene.plate.x2)]
    below = scene.image[int(scene.plate.y2) + 6 : int(scene.plate.y2) + 20, 560:720]
    assert inside.mean() > below.mean() + 20


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_effects_leave_the_plate_and_change_the_picture(effect):
    """At every level it is the same vehicle; the strongest level looks unlike the weakest."""
    weak, strong = (damaged(effect, effect.levels[place], number=1, seed=1) for place in (0, -1))
    assert weak.design == strong.design
    assert np.abs(weak.image.astype(int) - strong.image).mean() > 0.02


def test_approach_comes_nearer():
    """The plate grows from frame to frame, and every frame is disturbed in its own way."""
    _, shown = approach(FREIGHT[0], 0.5, rng_for("approach"))
    widths = [scene.plate.width for scene in shown]
    assert widths == sorted(widths)
    assert widths[-1] > 3 * widths[0]


def test_plot_is_well_formed_and_shows_every_engine():
    """A panel an effect, two lines an engine and panel."""
    points = [
        Point(effect.name, engine, level, Tally(10, 9 - place, 1))
        for effect in EFFECTS
        for engine in ("one", "two & more")
        for place, level in enumerate(effect.levels)
    ]
    root = ET.fromstring(svg(points))
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert len(lines) == 2 * 2 * len(EFFECTS)
    assert {effect.name for effect in EFFECTS} | {"two & more, exact", "n = 10 a point"} <= set(texts)
    assert len(curves_table(points).rows) == len(points)


def test_plot_of_no_points_is_well_formed():
    """Nothing measured, nothing drawn."""
    assert ET.fromstring(svg([])).tag.endswith("svg")


@pytest.fixture
def pictures(tmp_path):
    """Two sets: plates with and without texts, and a negative."""
    rows = {
        "vn": [
            ("a.png", "crop", "crop_text", "12C-345.67", "2", "white", "", "day"),
            ("b.png", "full", "full_boxes", "", "", "white", "10,10,60,30", ""),
            ("c.png", "crop", "negative", "", "", "", "", ""),
        ],
        "cn": [("d.png", "full", "full_text", "桂F12345", "", "yellow2", "20,20,80,50", "night")],
    }
    for name, entries in rows.items():
        (tmp_path / name).mkdir()
        with (tmp_path / name / "manifest.csv").open("w", encoding="utf-8", newline="") as table:
            csv.writer(table).writerows([_COLUMNS, *entries])
        for entry in entries:
            cv2.imwrite(str(tmp_path / name / entry[0]), np.zeros((60, 90, 3), np.uint8))
    return tmp_path


def test_labels_with_text_and_negatives_are_used(pictures):
    """Boxes without text tell nothing about reading; 2 in the colour is two rows; texts are normalised."""
    found = {path.name: labels[0] for path, labels in load(pictures, only=None, limit=None).items()}
    assert sorted(found) == ["a.png", "c.png", "d.png"]
    assert found["a.png"].text == "12C34567"
    assert (found["d.png"].lines, found["d.png"].colour) == (2, "yellow")
    assert found["c.png"].negative


def test_only_listed_pictures_are_used(pictures, tmp_path):
    """A list names pictures from the folder on; one that names none of them is a mistake."""
    listed = tmp_path / "list.txt"
    listed.write_text("cn/d.png\n", encoding="utf-8")
    assert [path.name for path in load(pictures, only=listed, limit=None)] == ["d.png"]
    listed.write_text("elsewhere/d.png\n", encoding="utf-8")
    with pytest.raises(LabelsError, match=r"list\.txt"):
        load(pictures, only=listed, limit=None)


def test_folder_without_sets_is_refused(tmp_path):
    """The message says what was expected."""
    with pytest.raises(LabelsError, match=r"manifest\.csv"):
        load(tmp_path, only=None, limit=None)


def test_answer_is_the_plate_at_the_label(pictures):
    """A surer plate elsewhere in the picture is not the answer."""
    (labels,) = [labels for path, labels in load(pictures, only=None, limit=None).items() if path.name == "d.png"]
    found = PictureReads(
        (_seen("12C34567", 0.9, Box(200, 20, 260, 50)), _seen("桂F12345", 0.6, Box(22, 20, 80, 52))), 0, 0
    )
    (answer,) = answers_for(labels, found, np.zeros((60, 300, 3), np.uint8))
    assert answer.exact
    assert (answer.confidence, answer.row_px, answer.facts["height px"]) == (0.6, 15.0, "24 to 32")


def _seen(text: str, confidence: float, box: Box) -> tuple[Detection, Read]:
    read = Read(text, confidence, (), (), PlateCountry.OTHER, PlateKind.OTHER, PlateColour.UNKNOWN, 1)
    return Detection(box, corners_of(box), confidence), read
