"""Every word of the pages, in three languages beside each other: `*.toml`, one file per subject.

A key holds `{ vi = "…", en = "…", zh = "…" }`; `{name}` in it is filled with a value. A test keeps the three alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["vi", "en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Sentence = Mapping[Language, str]


@cache
def catalogue() -> Mapping[str, Sentence]:
    """Key to its sentence in every language."""
    found: dict[str, Sentence] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        _flatten(tomllib.loads(path.read_text("utf-8")), "", found)
    return found


class Words:
    """The words of one language: `words("live.title")`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of `key`; a key that is missing is a mistake of the program."""
        return catalogue()[key][self.language].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in catalogue()


def _flatten(table: Mapping[str, object], prefix: str, found: dict[str, Sentence]) -> None:
    for name, value in table.items():
        if not isinstance(value, dict):
            raise TypeError(f"expected {{ vi, en, zh }} or a table under {prefix}{name}, got {value!r}")
        if set(value) == set(LANGUAGES):
            found[f"{prefix}{name}"] = value
        else:
            _flatten(value, f"{prefix}{name}.", found)
