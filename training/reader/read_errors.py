"""What the product's reader does to plates, measured on the held-out real pictures, for the simulated province.

    python -m training.reader.read_errors --data FOLDER --write simulation/province/read_errors.json

Reads the held-out pictures as `smartgate read` does, with the models of `models/`, and keeps statistics alone: of every
read how sure each of its places was and at which rank the true character stood, and which characters are taken for
which. No text of a plate is kept. The plates are split in two halves by their text, each with as many misread ones: one
to tune with, one to judge by. Three minutes on one core.

Of a character only its class is kept, relative to the truth: `T` the true one, `d` another digit, `l` another letter,
`h` another Chinese character, `?` a province that could not be read.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.progress import track

from contract.plate import CN_UNREAD_PROVINCE
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.settings import LprSettings
from edge.lpr.types import Position, Read
from training.real_pictures import Row, load_rows, spelt

HALVES = ("tuning", "final")
_CLEAR = 0.98
"""A place is clear when its likeliest character is the true one and surer than this."""
_LEAST = 0.004
_ANOTHER_PLATE = 5
"""A read that differs in so many characters is that of another plate in the picture."""
_QUALITIES = {"tiny": 16.0, "far": 24.0, "near": float("inf")}
"""Pictures by the height of a row of the plate in pixels: below the number."""
_LARGE_PX = 1000.0
"""Of a plate in a whole picture whose place nobody marked: those are large."""
_KEPT = 8

Place = list[Any]
"""Class of each option and its probability, best first, and which of them was taken."""


@dataclass(frozen=True, slots=True)
class Look:
    """A labelled plate and what was read of it."""

    truth: str
    quality: str
    read: Read | None

    @property
    def outcome(self) -> str:
        """`right`, `wrong` or `none`."""
        if self.read is None:
            return "none"
        return "right" if spelt(self.read.text) == self.truth else "wrong"


def looks_of(reader: PlateReader, rows: Sequence[Row]) -> Iterator[Look]:
    """Every labelled plate once."""
    by_path: dict[Path, list[Row]] = defaultdict(list)
    for row in rows:
        by_path[row.path].append(row)
    for path, labels in track(sorted(by_path.items()), "reading", console=Console(stderr=True)):
        image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        found = reader.read_crop(image) if labels[0].crop else reader.read_picture(image)
        yield from _answers(labels, [read for _, read in found.plates], image.shape[0])


def _answers(labels: Sequence[Row], left: list[Read], height_px: int) -> Iterator[Look]:
    for label in labels:
        truth = spelt(label.text)
        nearest = min(left, key=lambda read: (_apart(read, truth), -read.confidence), default=None)
        if nearest is not None and _apart(nearest, truth) >= _ANOTHER_PLATE:
            nearest = None
        if nearest is not None:
            left.remove(nearest)
        high = label.box[3] - label.box[1] if label.box else height_px if label.crop else _LARGE_PX
        row_px = high / max(1, label.lines)
        yield Look(truth, next(name for name, below in _QUALITIES.items() if row_px < below), nearest)


def _apart(read: Read, truth: str) -> int:
    return Levenshtein.distance(spelt(read.text), truth)


def halves(looks: Iterable[Look]) -> dict[str, list[Look]]:
    """Two halves without a plate in common; of each outcome of each country every second plate."""
    groups: dict[tuple[bool, str], dict[str, list[Look]]] = defaultdict(lambda: defaultdict(list))
    placed: dict[str, tuple[bool, str]] = {}
    for look in looks:
        group = placed.setdefault(look.truth, (look.truth[:1].isascii(), look.outcome))
        groups[group][look.truth].append(look)
    found: dict[str, list[Look]] = {name: [] for name in HALVES}
    for group in sorted(groups):
        for place, truth in enumerate(sorted(groups[group], key=lambda text: zlib.crc32(text.encode()))):
            found[HALVES[place % 2]] += groups[group][truth]
    return found


def table(looks: Sequence[Look]) -> dict[str, Any]:
    """The statistics of some plates."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    ranks: dict[str, Counter[str]] = defaultdict(Counter)
    confusions: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    clear: dict[str, list[float]] = defaultdict(list)
    doubtful: list[dict[str, Any]] = []
    for look in looks:
        counts[look.quality][look.outcome] += 1
        if look.read is None:
            continue
        shape, lattice = _shape(look.truth), [_spelt_position(position) for position in look.read.lattice]
        places = _places(look.truth, spelt(look.read.text), lattice)
        for at, options in places:
            if at is not None:
                rank = next((str(i) for i, (option, _) in enumerate(options) if option == look.truth[at]), "none")
                ranks[look.quality][rank] += 1
                for option, p in options:
                    if option not in (look.truth[at], CN_UNREAD_PROVINCE) and p >= _LEAST:
                        confusions[look.truth[at]][class_of(option)][option] += round(1000 * p)
        if look.outcome == "right" and all(options[0][1] >= _CLEAR for _, options in places):
            clear[_country(look.truth)].append(round(look.read.confidence, 3))
        else:
            doubtful.append(_profile(look, shape, places))
    return {
        "counts": {quality: dict(count) for quality, count in sorted(counts.items())},
        "true_character_at_rank": {quality: dict(sorted(rank.items())) for quality, rank in sorted(ranks.items())},
        "clear": {country: sorted(confidences) for country, confidences in sorted(clear.items())},
        "doubtful": doubtful,
        "confusions": {
            truth: {kind: dict(options.most_common(_KEPT)) for kind, options in sorted(kinds.items())}
            for truth, kinds in sorted(confusions.items())
        },
    }


def class_of(character: str) -> str:
    """`d` of a digit, `l` of a letter, `h` of a Chinese character, `?` of a province that could not be read."""
    if character == CN_UNREAD_PROVINCE:
        return CN_UNREAD_PROVINCE
    return "d" if character.isdigit() else "l" if character.isascii() else "h"


def _shape(text: str) -> str:
    return "".join(class_of(character) for character in text)


def _country(truth: str) -> str:
    return "VN" if truth[:1].isascii() else "CN"


def _spelt_position(position: Position) -> Position:
    options: dict[str, float] = {}
    for character, p in position:
        options[spelt(character)] = options.get(spelt(character), 0.0) + p
    return tuple(options.items())


Aligned = list[tuple[int | None, Position]]
"""For each character read: its place in the truth (None of one that does not stand there), and its options."""


def _places(truth: str, text: str, lattice: Sequence[Position]) -> Aligned:
    at: list[int | None] = []
    for step in Levenshtein.opcodes(truth, text):
        if step.tag in ("equal", "replace"):
            at += range(step.src_start, step.src_end)
        elif step.tag == "insert":
            at += [None] * (step.dest_end - step.dest_start)
    return list(zip(at, lattice, strict=True))


def _profile(look: Look, shape: str, places: Aligned) -> dict[str, Any]:
    """A read without its characters: what each place of the truth looked like, and the other texts it may be."""
    read = look.read
    assert read is not None
    text = spelt(read.text)
    true = [look.truth[at] if at is not None else "" for at, _ in places]
    kept = [_kept(options, *pair) for (_, options), pair in zip(places, zip(true, text, strict=True), strict=True)]
    others = [
        [round(p, 3), *changes]
        for other, p in read.candidates[1:]
        if p >= _LEAST and (changes := _changes(text, spelt(other), kept))
    ]
    named = {place for _, *changes in others for place, _ in changes}
    described: list[Any] = []
    for number, (at, _) in enumerate(places):
        (taken, p), character = kept[number][0], true[number]
        if taken == character and p >= _CLEAR and number not in named:
            described.append(at)
        else:
            options = [["T" if option == character else class_of(option), round(p, 3)] for option, p in kept[number]]
            described.append([at, options])
    return {
        "shape": shape,
        "quality": look.quality,
        "outcome": look.outcome,
        "confidence": round(read.confidence, 3),
        "places": described,
        "others": others,
    }


def _kept(options: Position, true: str, taken: str) -> list[tuple[str, float]]:
    """The options worth keeping, the one that was taken first."""
    kept = [(option, p) for option, p in options if p >= _LEAST or option in (true, taken)]
    return sorted(kept, key=lambda option: (option[0] != taken, -option[1]))


def _changes(text: str, other: str, kept: Sequence[Sequence[tuple[str, float]]]) -> list[list[int]]:
    """Another text as changes of the first: place and option, -1: left out; empty where that is not all."""
    changes: list[list[int]] = []
    for step in Levenshtein.editops(text, other):
        if step.tag == "insert":
            return []
        if step.tag == "delete":
            changes.append([step.src_pos, -1])
            continue
        wanted = other[step.dest_pos]
        number = next((i for i, (option, _) in enumerate(kept[step.src_pos]) if option == wanted), None)
        if number is None:
            return []
        changes.append([step.src_pos, number])
    return changes


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser(description="measure what the reader does to plates")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--write", type=Path, required=True)
    arguments = options.parse_args()
    rows = [row for row in load_rows(arguments.data) if row.held_out and row.text]
    reader = open_reader(LprSettings())
    found = {name: table(looks) for name, looks in halves(looks_of(reader, rows)).items()}
    made = {"made_by": "python -m training.reader.read_errors", "models": reader.versions, **found}
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    arguments.write.write_text(text.replace('{"shape"', '\n{"shape"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
