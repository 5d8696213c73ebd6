r"""Writes a trained pose model as ONNX into the folder of local models, and enters it in the manifest there.

    .venv-pose/bin/python -m training.pose_detector.export --checkpoint runs/pose/weights/last.pt

Then `[lpr] detector = "plate_detector_pose"` uses it on this machine. For pictures of any size in multiples of 32;
overlapping answers are left in, `edge/lpr/plate_detector.py` chooses among them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tomllib
from datetime import date
from pathlib import Path

from edge.lpr.runtime import LOCAL_MODELS_DIR

NAME = "plate_detector_pose"
_ABOUT = "finds plates with four corners (a nano pose model of ultralytics, training/pose_detector)"


def enter(file: Path, version: str) -> None:
    """Enter the model in the manifest beside its file; other entries stay."""
    manifest = file.with_name("manifest.toml")
    entries = tomllib.loads(manifest.read_text(encoding="utf-8"))["models"] if manifest.is_file() else {}
    entries[NAME] = {
        "about": _ABOUT,
        "file": file.name,
        "version": version,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "licence": "AGPL-3.0",
    }
    tables = [
        "\n".join((f"[models.{key}]", *(f"{word} = {json.dumps(value)}" for word, value in entry.items())))
        for key, entry in entries.items()
    ]
    manifest.write_text("\n\n".join(tables) + "\n", encoding="utf-8")


def main() -> None:
    """Export a checkpoint."""
    options = argparse.ArgumentParser(description="export the pose model")
    options.add_argument("--checkpoint", type=Path, required=True)
    options.add_argument("--out", type=Path, default=LOCAL_MODELS_DIR, help="folder of local models")
    arguments = options.parse_args()
    from training.pose_detector.train import open_model

    model = open_model(arguments.checkpoint, arguments.checkpoint.parent / "settings")
    made = model.export(format="onnx", dynamic=True, opset=17, nms=False, imgsz=640, device="cpu")
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = Path(shutil.move(made, arguments.out / f"{NAME}.onnx"))
    enter(file, date.today().isoformat())  # noqa: DTZ011  # the day on the maker's calendar
    print(file, file.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
