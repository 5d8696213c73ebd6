"""Pictures as files, `<kind>/<hash>.jpg`: whole on disk or not there, and checked against their name when read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from contract.errors import StoreError
from contract.messages import EvidenceKind
from edge.durable import UNFINISHED, write_durably
from edge.evidence.proof import hash_of

_NAME = re.compile(r"([0-9a-f]{64})\.jpg", re.ASCII)


class EvidenceFiles:
    """The folder of pictures. Used by one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, kind: EvidenceKind, sha256: str) -> Path:
        """Where a picture lies, or would."""
        return self._folder / kind / f"{sha256}.jpg"

    def write(self, kind: EvidenceKind, sha256: str, jpeg: bytes) -> None:
        """Put a picture on disk; when this returns, no power cut takes it.

        Raises:
            OSError: the disk is full, broken or may not be written to; nothing is left behind but maybe a `.part`.

        """
        path = self.path(kind, sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # people may be in the pictures
        write_durably(path, jpeg)

    def read(self, kind: EvidenceKind, sha256: str) -> bytes:
        """The picture of that name.

        Raises:
            StoreError: it is gone, cannot be read, or another picture lies in its place.

        """
        path = self.path(kind, sha256)
        try:
            jpeg = path.read_bytes()
        except OSError as error:
            raise StoreError(f"the picture {path} cannot be read: {error.strerror}") from error
        if hash_of(jpeg) != sha256:
            raise StoreError(f"the picture {path} is not the one that its name says; it was changed or swapped")
        return jpeg

    def delete(self, kind: EvidenceKind, sha256: str) -> None:
        """Take a picture away, if it is there.

        Raises:
            OSError: the folder may not be written to.

        """
        self.path(kind, sha256).unlink(missing_ok=True)

    def found(self) -> Iterator[tuple[EvidenceKind, str, int]]:
        """Kind, hash and size of every file, the oldest first.

        Raises:
            OSError: the folder cannot be read.

        """
        entries: list[tuple[float, EvidenceKind, str, int]] = []
        for kind in EvidenceKind:
            folder = self._folder / kind
            for entry in os.scandir(folder) if folder.is_dir() else ():
                name = _NAME.fullmatch(entry.name)
                if name and entry.is_file():
                    about = entry.stat()
                    entries.append((about.st_mtime, kind, name[1], about.st_size))
        return ((kind, sha256, size) for _, kind, sha256, size in sorted(entries))

    def clear_unfinished(self) -> None:
        """Take away what a power cut left half written.

        Raises:
            OSError: the folder may not be written to.

        """
        for part in self._folder.glob(f"*/*{UNFINISHED}"):
            part.unlink(missing_ok=True)
