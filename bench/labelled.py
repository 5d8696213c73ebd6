"""How surely real labelled pictures are read, on those that nothing was trained on.

A folder of sets, each with a `manifest.csv`: file, kind (full|crop), use, text, lines, plate_type, bbox … The pictures
are no part of the product. Which of them were held out of training is the training's to say:
`python -m training.real_pictures --data FOLDER --list-held-out` writes the list that `--only` takes.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.answers import HEIGHT, Answer, accuracy_table, at_place, height_group
from bench.calibration import calibration_tables
from bench.progress import watched
from bench.reading import Readers, Seen, negatives_table
from bench.tables import Table
from contract.errors import SmartGateError
from contract.plate import normalise
from edge.frame import Image
from edge.lpr.engine import PlateReader
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, PictureReads, Read

_NEGATIVE = "negative"
_TEXT_USES = frozenset({"crop_text", "full_text"})


class LabelsError(SmartGateError):
    """The labelled pictures are not as expected."""


@dataclass(frozen=True, slots=True)
class Label:
    """One plate of one picture, or the statement that it has none."""

    collection: str
    use: str
    crop: bool
    text: str
    lines: int
    colour: str
    box: Box | None
    light: str

    @property
    def negative(self) -> bool:
        """Whether the picture has no plate that ought to be read."""
        return self.use == _NEGATIVE


Pictures = dict[Path, list[Label]]
"""The labels of each picture."""


def load(folder: Path, *, only: Path | None, limit: int | None) -> Pictures:
    """Pictures with a text, and negatives; at most `limit` of each set and use, evenly spread.

    Raises:
        LabelsError: there is no manifest, or it lacks a column, or the list names none of its pictures.

    """
    manifests = sorted(folder.glob("*/manifest.csv"))
    if not manifests:
        raise LabelsError(f"no */manifest.csv in {folder}; bench/labelled.py says what is expected")
    wanted = {line.strip() for line in only.read_text(encoding="utf-8").splitlines()} if only else None
    found: Pictures = defaultdict(list)
    for manifest in manifests:
        for path, label in _labels(manifest):
            if wanted is None or path.relative_to(folder).as_posix() in wanted:
                found[path].append(label)
    if not found:
        raise LabelsError(f"no picture of {folder} is in {only}")
    usable = {path: labels for path, labels in found.items() if _usable(labels)}
    return usable if limit is None else _limited(usable, limit)


def _labels(manifest: Path) -> list[tuple[Path, Label]]:
    with manifest.open(encoding="utf-8", newline="") as table:
        try:
            return [(manifest.parent / row["file"], _label(manifest.parent.name, row)) for row in csv.DictReader(table)]
        except KeyError as error:
            raise LabelsError(f"{manifest} has no column {error}") from error


def _label(collection: str, row: dict[str, str]) -> Label:
    numbers = [float(value) for value in row["bbox"].split(",")] if row["bbox"] else []
    colour = row["plate_type"] or "unknown"
    lines = int(row["lines"]) if row["lines"].isdigit() else 2 if colour.endswith("2") else 1
    return Label(
        collection=collection,
        use=row["use"],
        crop=row["kind"] == "crop",
        text=normalise(row["text"]),
        lines=lines,
        colour=colour.removesuffix("2"),
        box=Box(*numbers) if len(numbers) == 4 else None,
        light=row.get("light") or "unknown",
    )


def _usable(labels: list[Label]) -> bool:
    """Every plate of the picture has its text, or there is none."""
    if any(label.negative for label in labels):
        return all(label.negative for label in labels)
    return any(label.use in _TEXT_USES and label.text for label in labels)


def _limited(pictures: Pictures, limit: int) -> Pictures:
    groups: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path, labels in pictures.items():
        groups[labels[0].collection, labels[0].use].append(path)
    kept = [path for paths in groups.values() for path in paths[:: max(1, -(-len(paths) // limit))]]
    return {path: pictures[path] for path in kept}


def read_pictures(readers: Readers, pictures: Pictures) -> Seen:
    """Every engine's answers about the same pictures."""
    seen = Seen({engine: [] for engine in readers})
    accept_confidence = LprSettings().accept_confidence
    for path, labels in watched(list(pictures.items()), "labelled pictures"):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise LabelsError(f"{path} cannot be opened as a picture")
        picture = np.asarray(image, np.uint8)
        for engine, reader in readers.items():
            found = _read(reader, picture, labels[0])
            if labels[0].negative:
                confidences = [read.confidence for _, read in found.plates]
                seen.negatives[_kind(labels[0]), engine].add(confidences, accept_confidence)
            else:
                seen.answers[engine] += answers_for(labels, found, picture)
    return seen


def _read(reader: PlateReader, image: Image, label: Label) -> PictureReads:
    """To read something as a crop is to say that it is a plate; of a negative that is the question."""
    return reader.read_crop(image) if label.crop and not label.negative else reader.read_picture(image)


def _kind(label: Label) -> str:
    return f"{label.collection}, {'crops of other plates' if label.crop else 'whole pictures'}"


def answers_for(labels: list[Label], found: PictureReads, image: Image) -> list[Answer]:
    """The answer to each label with a text: the plate at its box; without a box the right one or the surest."""
    answers = []
    for label in labels:
        if not label.text:
            continue
        read = at_place(found.plates, label.box) if label.box else _said(found, label.text)
        height = label.box.height if label.box else float(image.shape[0]) if label.crop else None
        answers.append(_answer(label, read, height))
    return answers


def _said(found: PictureReads, text: str) -> Read | None:
    reads = [read for _, read in found.plates]
    return next((read for read in reads if _spelt(read.text) == _spelt(text)), reads[0] if reads else None)


def _answer(label: Label, read: Read | None, height: float | None) -> Answer:
    facts = {
        "set and use": f"{label.collection} {label.use}",
        "lines": str(label.lines),
        "colour": label.colour,
        "light": label.light,
    }
    if height is not None:
        facts[HEIGHT] = height_group(height)
    text, confidence = (_spelt(read.text), read.confidence) if read else ("", 0.0)
    row_px = height / label.lines if height is not None else float("inf")
    return Answer(_spelt(label.text), text, confidence, row_px, facts)


def _spelt(text: str) -> str:
    """Labels often write D for Đ."""
    return text.replace("Đ", "D")


def labelled_tables(readers: Readers, folder: Path, *, only: Path | None, limit: int | None) -> list[Table]:
    """Accuracy and calibration on real pictures, and false plates on those without one."""
    seen = read_pictures(readers, load(folder, only=only, limit=limit))
    which = "Pictures of a list" if only else "All pictures, also those that models were trained on"
    note = f"{which}. Groups count readable plates, heights count all; without a box a plate counts as readable."
    tables = [
        accuracy_table("labelled", "Real labelled pictures", seen.answers, note),
        *calibration_tables("labelled", "Real labelled pictures", seen.answers),
    ]
    if seen.negatives:
        tables.append(negatives_table("labelled_false", "Real pictures without a plate to read", seen.negatives))
    return tables
