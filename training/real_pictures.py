"""The real pictures with labels, and which of them are for training. They stay outside this repository.

A folder of sets, each with a `manifest.csv`: file, kind (full|crop), use, text, lines, plate_type, bbox, corners,
origin, licence … Pictures of one origin are alike, and one plate may be in several pictures. Therefore whole origins
are held out, of the others a tenth by plate text, and no text of a held-out row is ever trained on.

    python -m training.real_pictures --data FOLDER --list-held-out > held-out.txt

lists the pictures that nothing is trained on, for `smartgate bench reading --pictures FOLDER --only held-out.txt`.

`mislabelled.txt` names the files that were looked at and found to say something else than their label, or to be cut or
glaring so that nobody could tell; they are used nowhere.
"""

from __future__ import annotations

import argparse
import csv
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from contract.plate import ALPHABET, normalise

PERMISSIVE = ("MIT", "Apache-2.0", "CC BY", "CC-BY")
MISLABELLED = Path(__file__).with_name("mislabelled.txt")
_HELD_OUT_SETS = frozenset({"rare"})
_HELD_OUT_USES = frozenset({("vn", "full_text")})
_TRAINED_ORIGINS = {"vn": frozenset({"t10type", "greenparking", "lpr3_mil"}), "cn": frozenset({"liuruoze"})}
_HELD_OUT_TENTHS = {"full_text": 2, "full_boxes": 1}
"""Of ten, by text (or by file where there is none), how many are held out; crops 1."""


@dataclass(frozen=True, slots=True)
class Row:
    """One label of one picture."""

    collection: str
    path: Path
    use: str
    crop: bool
    text: str
    lines: int
    colour: str
    box: tuple[float, float, float, float] | None
    corners: tuple[tuple[float, float], ...] | None
    origin: str
    source: str
    licence: str
    held_out: bool

    @property
    def permissive(self) -> bool:
        """Whether its licence lets anybody train on it."""
        return self.licence.startswith(PERMISSIVE)


def load_rows(data: Path, *, permissive_only: bool = False) -> list[Row]:
    """All labels of all sets under `data`.

    Raises:
        FileNotFoundError: there is no manifest.

    """
    manifests = sorted(data.glob("*/manifest.csv"))
    if not manifests:
        raise FileNotFoundError(f"no */manifest.csv under {data}; see training/real_pictures.py for what is expected")
    mislabelled = frozenset(MISLABELLED.read_text(encoding="utf-8").split())
    rows = [
        _row(manifest.parent.name, manifest.parent, entry)
        for manifest in manifests
        for entry in csv.DictReader(io.StringIO(manifest.read_text(encoding="utf-8"), newline=""))
        if Path(entry["file"]).name not in mislabelled
    ]
    held_texts = {row.text for row in rows if row.held_out and row.text}
    held_files = {row.path for row in rows if row.held_out}
    rows = [row for row in rows if row.held_out or (row.text not in held_texts and row.path not in held_files)]
    return [row for row in rows if row.held_out or row.permissive or not permissive_only]


def _row(collection: str, folder: Path, entry: dict[str, str]) -> Row:
    text = normalise(entry["text"])
    box = tuple(float(value) for value in entry["bbox"].split(",")) if entry["bbox"] else None
    flat = [float(value) for value in entry["corners"].split(",")] if entry["corners"] else []
    return Row(
        collection=collection,
        path=folder / entry["file"],
        use=entry["use"],
        crop=entry["kind"] == "crop",
        text=text,
        lines=int(entry["lines"]) if entry["lines"].isdigit() else 0,
        colour=entry["plate_type"],
        box=box if box and len(box) == 4 else None,  # type: ignore[arg-type]  # four numbers, checked
        corners=tuple(zip(flat[::2], flat[1::2], strict=True)) if len(flat) == 8 else None,
        origin=entry["origin"],
        source=entry["source"],
        licence=entry["licence"],
        held_out=_held_out(collection, entry, text),
    )


def _held_out(collection: str, entry: dict[str, str], text: str) -> bool:
    if collection in _HELD_OUT_SETS or (collection, entry["use"]) in _HELD_OUT_USES:
        return True
    origins = _TRAINED_ORIGINS.get(collection)
    if origins is not None and entry["use"] != "negative" and entry["origin"] not in origins:
        return True
    if collection not in ("vn", "cn", "detect", "detect2"):
        return False
    place = zlib.crc32((text or entry["file"]).encode()) % 10
    return place < _HELD_OUT_TENTHS.get(entry["use"], 1)


def spelt(text: str) -> str:
    """A text as it is compared: Đ and D are one, since labels write either."""
    return text.replace("Đ", "D")


def spellable(text: str) -> bool:
    """Whether the reader has a class for every character."""
    return bool(text) and all(character in ALPHABET for character in text)


def held_out_pictures(data: Path) -> list[str]:
    """The pictures that nothing is trained on, relative to the folder."""
    return sorted({row.path.relative_to(data).as_posix() for row in load_rows(data) if row.held_out})


def main() -> None:
    """Print the list."""
    options = argparse.ArgumentParser(description="the labelled real pictures")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--list-held-out", action="store_true", required=True)
    print("\n".join(held_out_pictures(options.parse_args().data)))


if __name__ == "__main__":
    main()
