"""The access list on the node's disk: only central's, only newer ones, found again after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.errors import ConfigError, MessageError
from contract.messages import AccessEntry, AccessList, Direction
from edge.gate_controller.access_list import AccessListKeeper

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
CENTRAL = Ed25519PrivateKey.generate()


def _hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _signed(version: int, *, plate: str = "12C34567", key: Ed25519PrivateKey = CENTRAL) -> AccessList:
    entry = AccessEntry(plate=plate, direction=Direction.IN, valid_from=NOW, valid_until=NOW + timedelta(hours=2))
    bare = AccessList(
        site="made-up",
        node="made-up-1",
        version=version,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=2),
        entries=(entry,),
    )
    return bare.model_copy(update={"signature": key.sign(bare.signed_bytes()).hex()})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access-list.json"


def test_signed_list_is_found_again_after_a_restart(path: Path) -> None:
    """A node that starts while cut off from central decides on the last list it took."""
    keeper = AccessListKeeper(path, _hex(CENTRAL))
    assert keeper.take(_signed(3))
    again = AccessListKeeper(path, _hex(CENTRAL))
    again.load()
    assert again.current == keeper.current == _signed(3)


def test_older_list_does_not_come_back(path: Path) -> None:
    """A list that somebody kept and sends again is not taken."""
    keeper = AccessListKeeper(path, _hex(CENTRAL))
    assert keeper.take(_signed(3))
    assert not keeper.take(_signed(3, plate="51D12345"))
    assert not keeper.take(_signed(2))
    assert keeper.current == _signed(3)
    assert keeper.take(_signed(4))


@pytest.mark.parametrize(
    "forged",
    [
        _signed(9, key=Ed25519PrivateKey.generate()),
        _signed(9).model_copy(update={"version": 10}),
        _signed(9).model_copy(update={"entries": (*_signed(9).entries, *_signed(9, plate="51D12345").entries)}),
        _signed(9).model_copy(update={"signature": ""}),
        _signed(9).model_copy(update={"signature": "not hex"}),
    ],
    ids=["another key", "another version", "a plate more", "unsigned", "nonsense"],
)
def test_list_that_central_did_not_sign_is_refused(path: Path, forged: AccessList) -> None:
    """Whoever can write to the broker can still let nobody in."""
    keeper = AccessListKeeper(path, _hex(CENTRAL))
    keeper.take(_signed(3))
    with pytest.raises(MessageError, match="not signed by central"):
        keeper.take(forged)
    assert keeper.current == _signed(3)


def test_list_changed_on_disk_is_not_taken(path: Path) -> None:
    """A plate added to the file by hand, or half a file after a power cut, opens nothing."""
    keeper = AccessListKeeper(path, _hex(CENTRAL))
    keeper.take(_signed(3))
    good = path.read_text("utf-8")
    for bad in (good.replace("12C34567", "51D12345"), good[: len(good) // 2], ""):
        path.write_text(bad, "utf-8")
        again = AccessListKeeper(path, _hex(CENTRAL))
        again.load()
        assert again.current is None


def test_without_a_key_no_list_is_taken(path: Path) -> None:
    """A node that does not know central's key believes nobody, and says what to do."""
    with pytest.raises(MessageError, match="central_public_key"):
        AccessListKeeper(path, "").take(_signed(1))


def test_key_that_is_none_is_told_at_once(path: Path) -> None:
    """A slip in the configuration is found at the start, not at the first list."""
    with pytest.raises(ConfigError, match="central_public_key"):
        AccessListKeeper(path, "abc")
