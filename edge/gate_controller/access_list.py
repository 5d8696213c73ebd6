"""The signed list of who may pass, kept on disk so that the gate works alone."""

from __future__ import annotations

from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.errors import ConfigError, MessageError
from contract.messages import AccessList
from edge.durable import write_durably

log = structlog.get_logger(__name__)


class AccessListKeeper:
    """Takes only lists that central signed, each newer than the last, and finds the last one again after a restart."""

    def __init__(self, path: Path, public_key_hex: str) -> None:
        """Remember where the list lies and whose signature counts; an empty key takes no list at all.

        Raises:
            ConfigError: the key is not 32 bytes in hex.

        """
        self._path = path
        try:
            self._key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex)) if public_key_hex else None
        except ValueError as error:
            raise ConfigError(
                f"central_public_key: expected 32 bytes in hex, got {public_key_hex!r}: {error}"
            ) from error
        self.current: AccessList | None = None

    def load(self) -> None:
        """Find the last list on disk; one that was tampered with is not taken."""
        if self._path.is_file():
            try:
                self.current = self._checked(AccessList.model_validate_json(self._path.read_bytes()))
            except (MessageError, ValueError, OSError) as error:
                log.warning("access list on disk not taken", path=str(self._path), reason=str(error))

    def take(self, access: AccessList) -> bool:
        """Take a list that came from central; False when it is no newer than the one in use.

        Raises:
            MessageError: its signature is not central's.

        """
        self._checked(access)
        if self.current is not None and access.version <= self.current.version:
            return False
        write_durably(self._path, access.model_dump_json().encode())
        self.current = access
        return True

    def _checked(self, access: AccessList) -> AccessList:
        if self._key is None:
            raise MessageError("an access list came, but no central_public_key is configured to check it with")
        try:
            self._key.verify(bytes.fromhex(access.signature), access.signed_bytes())
        except (InvalidSignature, ValueError) as error:
            raise MessageError(f"access list {access.version} of {access.site} is not signed by central") from error
        return access
