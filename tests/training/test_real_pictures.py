"""Which labelled pictures are trained on, and which are kept for the score."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from training import real_pictures
from training.real_pictures import load_rows

_FIELDS = ("file", "kind", "use", "text", "lines", "plate_type", "bbox", "corners", "origin", "source", "licence")


def _manifest(folder: Path, name: str, *rows: dict[str, str]) -> None:
    (folder / name).mkdir()
    with (folder / name / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, _FIELDS, restval="")
        table.writeheader()
        table.writerows({"kind": "crop", "use": "crop_text", "licence": "MIT", **row} for row in rows)


def test_whole_origins_are_held_out_and_their_texts_are_never_trained_on(tmp_path: Path) -> None:
    """A plate seen in a held-out picture is in no training row, wherever else it was photographed."""
    _manifest(tmp_path, "rare", {"file": "a.jpg", "text": "12C34567", "origin": "somebody"})
    _manifest(
        tmp_path,
        "vn",
        {"file": "b.jpg", "text": "12C34567", "origin": "greenparking"},
        *({"file": f"{n}.jpg", "text": f"12C{n}", "origin": "greenparking"} for n in range(10000, 10040)),
    )
    rows = load_rows(tmp_path)
    held = {row.text for row in rows if row.held_out}
    trained = {row.text for row in rows if not row.held_out}
    assert "12C34567" in held
    assert trained
    assert not held & trained


def test_pictures_without_a_permissive_licence_can_be_left_out(tmp_path: Path) -> None:
    """Of the training rows only permissive ones remain; what is held out stays for the comparison."""
    rows = [{"file": f"{n}.jpg", "text": f"12C{n}", "origin": "greenparking"} for n in range(10000, 10040)]
    _manifest(tmp_path, "vn", *({**row, "licence": "none stated" if i % 2 else "MIT"} for i, row in enumerate(rows)))
    assert {row.licence for row in load_rows(tmp_path, permissive_only=True) if not row.held_out} == {"MIT"}


def test_mislabelled_pictures_are_used_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named as mislabelled is neither trained on nor scored."""
    names = tmp_path / "names.txt"
    names.write_text("wrong.jpg\n", encoding="utf-8")
    monkeypatch.setattr(real_pictures, "MISLABELLED", names)
    rows = ({"file": name, "text": text, "origin": "x"} for name, text in (("wrong.jpg", "1"), ("right.jpg", "2")))
    _manifest(tmp_path, "rare", *rows)
    assert [row.path.name for row in load_rows(tmp_path)] == ["right.jpg"]


def test_a_folder_without_manifests_is_told(tmp_path: Path) -> None:
    """The error names what was looked for."""
    with pytest.raises(FileNotFoundError, match=r"manifest\.csv"):
        load_rows(tmp_path)
