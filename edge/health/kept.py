"""What was learnt of cameras and lanes, kept as small JSON files over restarts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from edge.durable import write_durably

log = structlog.get_logger(__name__)
T = TypeVar("T")


def recall(path: Path, kind: TypeAdapter[T]) -> T | None:
    """What was kept; None where nothing was, or where what is there cannot be used: it is then learnt anew."""
    try:
        return kind.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.warning("what was learnt cannot be used, and is learnt anew", path=path.name, reason=str(error))
        return None


def keep(path: Path, kind: TypeAdapter[T], value: T) -> None:
    """Put it on disk; where the disk refuses that is told, and the next time may do better."""
    try:
        write_durably(path, kind.dump_json(value))
    except OSError as error:
        log.warning("what was learnt is not on disk", path=path.name, reason=str(error))
