"""Photos of devices and papers of their handover: checked by what they are, not by what they are called."""

from __future__ import annotations

from typing import Final

from central.fleet.desk import PHOTO_BYTES, media_type_of
from central.store import Store
from central.store.register_records import DeviceRecord, FilePurpose
from contract.errors import SmartGateError

PDF: Final = "application/pdf"
FILE_BYTES: Final = PHOTO_BYTES
"""The same limit for papers."""


class FileRefusedError(SmartGateError, ValueError):
    """A file cannot be kept; `code` names the sentence in the catalogue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def add_file(store: Store, device: DeviceRecord, content: bytes, *, purpose: FilePurpose, name: str, actor: str) -> str:
    """Keep a photo, or a paper (which may also be a PDF) of a device; its hash.

    Raises:
        FileRefusedError: it is empty, too large, or none of the kinds that are kept.
        StoreUnavailable: nothing was written.

    """
    if not content:
        raise FileRefusedError("empty", "expected a file, got nothing; choose one first")
    if len(content) > FILE_BYTES:
        raise FileRefusedError("too_large", f"expected at most {FILE_BYTES // 1_000_000} MB, got {len(content)} bytes")
    media_type = media_type_of(content)
    if media_type is None and purpose is FilePurpose.HANDOVER and content.startswith(b"%PDF-"):
        media_type = PDF
    if media_type is None:
        raise FileRefusedError("kind", "expected a JPEG, PNG or WebP picture (or a PDF paper), got something else")
    with store.transaction() as transaction:
        return store.device_files.add(
            transaction,
            device.device_id,
            content,
            purpose=purpose,
            media_type=media_type,
            name=" ".join(name.split())[:200],
            actor=actor,
        )
