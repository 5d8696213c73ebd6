"""`smartgate read`: plates in pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edge.frame import Image
    from edge.lpr.types import Detection, PictureReads, Read


def command(
    pictures: Annotated[list[Path], typer.Argument(help="Picture files.", metavar="PICTURE...")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a picture and line.")] = False,
    crop: Annotated[bool, typer.Option("--crop", help="Each picture is the crop of one plate.")] = False,
) -> None:
    """Read the plates in pictures: text, confidence, box, corners, country, kind, lines."""
    from edge.lpr.engine import open_reader
    from edge.lpr.settings import LprSettings

    reader = open_reader(LprSettings())
    answers = []
    for path in pictures:
        picture = _open(path)
        if isinstance(picture, str):
            answer: dict[str, Any] = {"picture": str(path), "error": picture}
        else:
            reads = reader.read_crop(picture) if crop else reader.read_picture(picture)
            answer = _answer(path, picture, reads)
        answers.append(answer)
        if as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False))
    if not as_json:
        _print_table(answers)
    raise typer.Exit(1 if any("error" in answer for answer in answers) else 0)


def _open(path: Path) -> Image | str:
    """The picture, or why it cannot be opened."""
    import cv2
    import numpy as np

    try:
        content = path.read_bytes()
    except OSError as error:
        return f"cannot open: {error.strerror}"
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None:
        return f"not a picture that can be decoded ({len(content)} bytes); JPEG, PNG, WebP, BMP and TIFF are known"
    return np.asarray(image, dtype=np.uint8)


def _answer(path: Path, picture: Image, reads: PictureReads) -> dict[str, Any]:
    return {
        "picture": str(path),
        "width": picture.shape[1],
        "height": picture.shape[0],
        "plates": [
            *(_plate(detection, read) for detection, read in reads.plates),
            *(_unread(detection) for detection in reads.unread),
        ],
        "ms": {"detect": round(reads.detect_ms, 1), "read": round(reads.read_ms, 1)},
    }


def _plate(detection: Detection, read: Read) -> dict[str, Any]:
    return {
        "text": read.text,
        "confidence": round(read.confidence, 4),
        **_place(detection),
        "country": read.country,
        "kind": read.kind,
        "lines": read.lines,
        "candidates": [{"text": text, "confidence": round(p, 4)} for text, p in read.candidates],
    }


def _unread(detection: Detection) -> dict[str, Any]:
    return {
        "text": None,
        "confidence": 0.0,
        **_place(detection),
        "country": None,
        "kind": None,
        "lines": None,
        "candidates": [],
    }


def _place(detection: Detection) -> dict[str, Any]:
    box = detection.box
    return {
        "box": [round(value, 1) for value in (box.x1, box.y1, box.x2, box.y2)],
        "corners": [[round(x, 1), round(y, 1)] for x, y in detection.corners],
    }


def _print_table(answers: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from contract.plate import format_plate

    table = Table(box=None, header_style="bold")
    table.add_column("picture", overflow="fold")
    for name in ("plate", "sure", "kind", "rows"):
        table.add_column(name, no_wrap=True)
    for answer in answers:
        picture = escape(answer["picture"])
        if not answer.get("plates", True):
            table.add_row(picture, "[dim]none[/dim]")
        for plate in answer.get("plates", []):
            if plate["text"] is None:
                table.add_row(picture, "[dim]unreadable[/dim]")
                continue
            text = f"[bold]{escape(format_plate(plate['text']))}[/bold]"
            table.add_row(picture, text, f"{plate['confidence']:.0%}", plate["kind"], str(plate["lines"]))
    Console().print(table)
    for answer in answers:
        if "error" in answer:
            typer.echo(f"{answer['picture']}: {answer['error']}", err=True)
