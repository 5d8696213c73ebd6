"""Who may pass, per node: from the declarations in their window and what people listed; signed, published on change."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.access_rules import with_rules
from central.config import AccessSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from central.store.records import NodeRecord
from central.worker import Worker
from contract.errors import ConfigError
from contract.messages import AccessEntry, AccessList
from contract.plate import CN_UNREAD_PROVINCE, normalise, parse_typed

log = structlog.get_logger(__name__)
_MAX_PLATE = 16

_STILL_EXPECTED = frozenset({OutcomeKind.TO_REVIEW, OutcomeKind.NO_SHOW})
"""What is said of a declaration whose vehicle did not certainly come; all others are used up, however they came."""


def open_signing_key(path: Path) -> Ed25519PrivateKey:
    """Central's key, 32 bytes in hex; made at the first start, readable by its owner alone.

    The public half is written beside it (`access_key.pub`), for the configuration of the nodes.

    Raises:
        ConfigError: the file is there but holds no key, or cannot be written.

    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii").strip()))
        path.with_suffix(".pub").write_text(public_key_hex(key) + "\n", "ascii")
    except (OSError, ValueError) as error:
        raise ConfigError(f"expected central's key, 32 bytes in hex, in {path}: {error}") from error
    return key


def public_key_hex(key: Ed25519PrivateKey) -> str:
    """The public half, as nodes want it in `central_public_key`."""
    return key.public_key().public_bytes_raw().hex()


def entries(declarations: tuple[DeclarationRecord, ...], slack: timedelta) -> tuple[AccessEntry, ...]:
    """An entry for every plate that a standing declaration names and that has not come yet. Pure.

    What was typed may mean several plates (GUI is 桂 and 贵); each of them is listed. A Chinese plate typed without
    its province names no one plate, so nothing opens for it without a person.
    """
    found = {
        (plate, declaration.declaration_id): AccessEntry(
            plate=plate,
            direction=declaration.direction,
            valid_from=declaration.expected_from - slack,
            valid_until=declaration.expected_until + slack,
            declaration_id=declaration.declaration_id,
        )
        for declaration in declarations
        if declaration.state is DeclarationState.DECLARED
        and (declaration.outcome is None or declaration.outcome.outcome in _STILL_EXPECTED)
        for plate in _plates(declaration.plate)
    }
    return tuple(entry for _, entry in sorted(found.items()))


def _plates(typed: str) -> Iterator[str]:
    meant = [plate.text for plate in parse_typed(typed) if not plate.text.startswith(CN_UNREAD_PROVINCE)]
    for text in meant or [normalise(typed)]:
        if len(text) <= _MAX_PLATE:
            yield text


class AccessPublisher:
    """Gives every node its list: when it changed, when it grows old, and again after the broker was away."""

    def __init__(
        self,
        store: Store,
        settings: AccessSettings,
        key: Ed25519PrivateKey,
        publish: Callable[[AccessList], None],
        connections: Callable[[], int],
    ) -> None:
        self._store = store
        self._settings = settings
        self._key = key
        self._publish = publish
        self._connections = connections
        self._published_over = 0
        self.worker = Worker("access lists", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; nodes keep the lists that they have."""
        self.worker.stop()

    def step(self, now: datetime) -> int:
        """Publish what is due; how many lists that were.

        Raises:
            StoreUnavailable: a list could not be written, and so was not published.

        """
        connection = self._connections()
        anew = connection != self._published_over  # brokers may forget what they retained
        published = sum(self._serve(node, now, anew=anew) for node in self._store.nodes.list())
        self._published_over = connection
        return published

    def _serve(self, node: NodeRecord, now: datetime, *, anew: bool) -> bool:
        slack = timedelta(minutes=self._settings.slack_min)
        ahead = timedelta(hours=self._settings.ahead_h)
        declarations = self._store.declarations.expected_between(now - slack, now + ahead, gate=node.site)
        rules = self._store.access_rules.list(counting_at=now)
        here = (rule for rule in rules if rule.site in ("", node.site))
        listed = with_rules(entries(declarations, slack), here, until=now + ahead)
        content_hash = hashlib.sha256("\n".join(entry.model_dump_json() for entry in listed).encode()).hexdigest()
        last = self._store.access_lists.get(node.site, node.node)
        lifetime = timedelta(hours=self._settings.valid_h)
        if last is not None and last.content_hash == content_hash and now - last.message.issued_at < lifetime / 2:
            if anew:
                self._publish(last.message)
            return anew
        plain = AccessList(
            site=node.site,
            node=node.node,
            # at least the present second: a new database must not count below what nodes have seen
            version=max(last.message.version + 1 if last else 1, int(now.timestamp())),
            issued_at=now,
            expires_at=now + lifetime,
            entries=listed,
        )
        signed = plain.model_copy(update={"signature": self._key.sign(plain.signed_bytes()).hex()})
        with self._store.transaction(now) as transaction:
            self._store.access_lists.save(transaction, signed, content_hash)
        self._publish(signed)
        return True

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(self._settings.publish_every_s):
            try:
                self.step(datetime.now(UTC))
            except StoreUnavailable as error:
                log.error("cannot write access lists, trying again", reason=str(error))  # noqa: TRY400 - no bug
