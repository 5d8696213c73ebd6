"""Takes declarations into the store, whichever way they came: each version once, what does not fit aside."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from central.platform.declaration import Declaration
from central.platform.faults import Fault, MisfitError
from central.platform.words import fold
from central.store import Store
from central.store.database import StoreUnavailable, Transaction
from central.store.declaration_records import DeclarationRecord
from central.store.platform import Tally
from contract.errors import StoreError

log = structlog.get_logger(__name__)


class Taken(StrEnum):
    """What became of an item."""

    NEW = "new"
    """It says something new, and is what counts now."""
    KNOWN = "known"
    """The same has come before."""
    OLDER = "older"
    """A later version is here."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that came, and what it is.

    Attributes:
        payload: as it came, to be kept.
        where: where it stands, for people: `tokhai.xlsx row 7`; empty where there is no such place.
        meant: the declaration; or, where it is none, what is wrong with it.
        said: fields that it speaks of, where it has no versions: the others stay as they are. None: it has a version,
            and speaks of all.

    """

    payload: object
    where: str
    meant: Declaration | Sequence[Fault]
    said: Collection[str] | None = None


class Sites:
    """What the platform's names of gates are here; a name that is not listed is taken as it is."""

    def __init__(self, gates: Mapping[str, str]) -> None:
        self._gates = gates
        self._folded = {fold(theirs): site for theirs, site in gates.items()}

    def site(self, gate: str) -> str:
        """Our name of a gate: `HỮU NGHỊ` and `Huu Nghi` are the listed `Hữu Nghị` too."""
        return self._gates.get(gate) or self._folded.get(fold(gate)) or gate


class Intake:
    """One connector's way into the store. `gates` maps the platform's names of gates to sites."""

    def __init__(self, store: Store, name: str, kind: str, gates: Mapping[str, str]) -> None:
        self._store = store
        self.name = name
        self._kind = kind
        self._sites = Sites(gates)

    def take(self, transaction: Transaction, items: Sequence[Item]) -> tuple[Taken | tuple[Fault, ...], ...]:
        """Take items in; of each what became of it, or why it was put aside.

        Raises:
            StoreUnavailable: nothing was written.

        """
        results = tuple(self._take(transaction, item) for item in items)
        aside = [result for result in results if not isinstance(result, Taken)]
        tally = Tally(len(items), sum(result is Taken.NEW for result in results), len(aside))
        self._store.connectors.answered(transaction, self.name, self._kind, tally)
        if aside:  # what is wrong with them quotes them, so it stays out of the log
            fields = sorted({fault.field for faults in aside for fault in faults})
            log.warning("declarations put aside", source=self.name, number=len(aside), of=len(items), fields=fields)
        return results

    def failed(self, transaction: Transaction, failure: str) -> None:
        """Note that it gives nothing now."""
        self._store.connectors.failed(transaction, self.name, self._kind, failure)

    def _take(self, transaction: Transaction, item: Item) -> Taken | tuple[Fault, ...]:
        if isinstance(item.meant, Declaration):
            try:
                with transaction.savepoint():
                    return self._keep(transaction, item.meant, item)
            except StoreUnavailable:
                raise
            except MisfitError as error:
                faults = error.faults
            except StoreError as error:  # what a database cannot hold, like NUL
                # its first line: the others quote the whole row
                faults = (Fault("", "an item that can be kept", str(error).partition("\n")[0]),)
        else:
            faults = tuple(item.meant)
        reason = "; ".join(map(str, faults))
        where = f"{item.where}: {reason}" if item.where else reason
        payload = _json(item.payload).encode(errors="backslashreplace")  # half a sign is no text for a database
        self._store.dead_letters.add(transaction, f"platform {self.name}", payload, where)
        return faults

    def _keep(self, transaction: Transaction, declaration: Declaration, item: Item) -> Taken:
        record = declaration.as_record(self._sites.site(declaration.gate), transaction.at)
        present = self._store.declarations.present(transaction, record.declaration_id)
        if present is not None and item.said is not None:
            if record.updated_at < present.updated_at:
                return Taken.OLDER
            record = _without_version(record, present, item.said)
            if record == present:
                return Taken.KNOWN
        elif present is not None and record.version == present.version:
            if record.updated_at > present.updated_at:
                raise MisfitError([_edited(record, present)])
            return Taken.KNOWN
        is_latest = present is None or record.version > present.version
        self._store.declarations.save(transaction, record, payload=_json(item.payload))
        return Taken.NEW if is_latest else Taken.OLDER


_NOT_SAID = {"version", "updated_at", "received_at", "outcome"}


def _without_version(record: DeclarationRecord, present: DeclarationRecord, said: Collection[str]) -> DeclarationRecord:
    """The present one with what was said; one version further if that is anything new."""
    changes = {name: getattr(record, name) for name in said if name not in _NOT_SAID}
    if "confirmations" in changes:  # a list of one force says nothing of the others
        told = {one.force for one in record.confirmations}
        kept = tuple(one for one in present.confirmations if one.force not in told)
        changes["confirmations"] = tuple(sorted((*kept, *record.confirmations), key=lambda one: one.force))
    merged = replace(present, **changes)
    return present if merged == present else replace(merged, version=present.version + 1, updated_at=record.updated_at)


def _edited(record: DeclarationRecord, present: DeclarationRecord) -> Fault:
    return Fault(
        "version",
        f"a version above {present.version}: that one has come before, as of {present.updated_at.isoformat()}",
        f"version {record.version} as of {record.updated_at.isoformat()}",
    )


def _json(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, default=str)
