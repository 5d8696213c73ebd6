"""What the names and words of a platform mean: the configuration says it, a person may say otherwise on a page."""

from __future__ import annotations

from typing import Final, Literal, get_args

from central.platform.mapping import MappingSettings
from central.store import Store
from central.store.database import Transaction
from central.store.setup_records import KeptSetting

Source = Literal["rest", "folder"]
"""Which connector: the platform that is asked, or the folder of exported files."""
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


def kept_mapping(store: Store, source: Source) -> KeptSetting | None:
    """What a person set last, with who and when."""
    return store.kept_settings.get(_name(source))


def mapping_in_force(store: Store, source: Source, configured: MappingSettings | None) -> MappingSettings | None:
    """What a person set last, else what the configuration says.

    None: items of the platform are written as docs/platform.md says. A person says so by naming no field.
    """
    kept = kept_mapping(store, source)
    if kept is None:
        return configured
    found = MappingSettings.model_validate(kept.value)
    return None if source == "rest" and not found.fields else found


def keep_mapping(
    store: Store, transaction: Transaction, source: Source, mapping: MappingSettings, *, actor: str
) -> None:
    """Have another mapping count, from the next page or file on."""
    store.kept_settings.set(transaction, _name(source), mapping.model_dump(mode="json"), actor=actor)


def flat(mapping: MappingSettings | None) -> dict[str, str]:
    """A mapping line by line, for people and for the log of changes."""
    given = mapping or MappingSettings()
    lines = {str(ours): theirs for ours, theirs in given.fields.items()}
    for field, words in given.words.items():
        lines[f"words.{field}"] = "; ".join(f"{theirs} = {ours}" for theirs, ours in words.items())
    rest = given.model_dump(exclude={"fields", "words"})
    return lines | {name: str(value) for name, value in rest.items()}


def _name(source: Source) -> str:
    return f"platform_mapping.{source}"
