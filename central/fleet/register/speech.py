"""The words of the register in every language, read the other way round: what people wrote, and what it means. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from central.store.register_records import FIELD_NAMES, DeviceKind

DEVICE_ID = "device_id"
"""Header of the column that says which device a row is."""
UNIT_COLUMNS = ("name", "contact", "phone", "email")
_ASIDE = re.compile(r"\(.*?\)|（.*?）")


class Words(Protocol):
    """A catalogue of one language."""

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key."""

    def get(self, key: str, default: str) -> str:
        """The text of a key, or another."""

    @property
    def keys(self) -> frozenset[str]:
        """All keys."""


class Speech:
    """Understands kinds, border gates and headers of columns in the languages of `catalogues`."""

    def __init__(self, catalogues: Iterable[Words]) -> None:
        self._kinds: dict[str, str] = {plain(kind.value): kind.value for kind in DeviceKind}
        self._sites: dict[str, str] = {}
        self._headers: dict[str, str] = {plain(name): name for name in (DEVICE_ID, *FIELD_NAMES)}
        self._unit_headers: dict[str, str] = {plain(name): name for name in UNIT_COLUMNS}
        for words in catalogues:
            self._kinds |= {plain(words(f"device_kind.{kind.value}")): kind.value for kind in DeviceKind}
            sites = [key.removeprefix("site.") for key in words.keys if key.startswith("site.")]
            self._sites |= {plain(words(f"site.{site}")): site for site in sites}
            self._headers |= {plain(words(f"device_field.{name}")): name for name in (DEVICE_ID, *FIELD_NAMES)}
            self._unit_headers |= {plain(words(f"unit_field.{name}")): name for name in UNIT_COLUMNS}

    def kind(self, text: str) -> str | None:
        """The kind of device that a person wrote."""
        return self._kinds.get(plain(text))

    def site(self, text: str) -> str | None:
        """The border gate that a person wrote, by its name in messages."""
        return self._sites.get(plain(text))

    def device_column(self, header: str) -> str | None:
        """Which field of a device a column holds."""
        return self._headers.get(plain(header))

    def unit_column(self, header: str) -> str | None:
        """Which field of a unit a column holds."""
        return self._unit_headers.get(plain(header))


def site_name(words: Words, site: str) -> str:
    """Name of a border gate for people, such that `Speech.site` understands it; the bare name where it has none."""
    return words.get(f"site.{site}", site)


def plain(text: str) -> str:
    """A text as it is compared: no case, no remarks in brackets, no marks at its end."""
    whole = unicodedata.normalize("NFC", text).casefold()
    return " ".join(_ASIDE.sub(" ", whole).replace("_", " ").split()).strip(" *:.")
