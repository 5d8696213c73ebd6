"""Items of a REST platform, by its own names or by ours: the declaration that one is, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from central.platform.declaration import Declaration
from central.platform.faults import MisfitError, fault, faults_of
from central.platform.intake import Item
from central.platform.mapping import TARGETS, MappingSettings, Translator, said_by
from central.platform.rest import inside


class ItemReader:
    """Reads items as `mapping` says; None: they are written as docs/platform.md says."""

    def __init__(self, mapping: MappingSettings | None) -> None:
        self._mapping = mapping
        self._translator = Translator(mapping) if mapping else None

    def item(self, row: object, now: datetime) -> Item:
        """One item, for the intake."""
        try:
            if self._translator is None:
                return Item(row, "", Declaration.model_validate(row))
            ours = self._ours(row)
            said = said_by(ours) if ours.get("version") is None else None
            return Item(row, "", self._translator.read(ours, as_of=now), said)
        except ValidationError as error:
            return Item(row, "", faults_of(error))
        except MisfitError as error:
            return Item(row, "", error.faults)

    def _ours(self, row: object) -> dict[str, object]:
        """By our names of fields."""
        if not isinstance(row, Mapping):
            raise MisfitError([fault("", "an object with the fields of a declaration", type(row).__name__)])
        assert self._mapping is not None
        ours = {field: inside(row, path) for field, path in self._mapping.fields.items()}
        return {name: row[name] for name in (*TARGETS, "confirmations") if name in row} | ours
