"""A booth to visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browsing import chromium
from tests.edge.booth.booth_house import BoothHouse

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[BoothHouse]:
    """A page in plain HTTP on the loopback address."""
    house = BoothHouse(tmp_path)
    house.start()
    yield house
    house.end()


@pytest.fixture
def make_certificate(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    """Makes a certificate of 127.0.0.1 that signs itself: its file and its key's."""

    def make() -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made-up-1")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        certificate_file, key_file = tmp_path / "booth.crt", tmp_path / "booth.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate_file, key_file

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
