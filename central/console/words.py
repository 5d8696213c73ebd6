"""The catalogue: every word of the pages in Vietnamese, English and Chinese, from `catalogue/vi*.toml` and so on."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any, Final

from contract.plate import Language

LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en", "zh")
CATALOGUE: Final = Path(__file__).parent / "catalogue"


class Words:
    """The words of one language. `words("nav.live")` gives a text, with `{names}` filled in from the arguments."""

    def __init__(self, language: Language, texts: dict[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`. A key that is not there is a mistake of the program: KeyError."""
        return self._texts[key].format_map(_Lenient(values)) if values else self._texts[key]

    def get(self, key: str, default: str) -> str:
        """The text of `key`, for names that come from outside and may be new to us."""
        return self._texts.get(key, default)

    @property
    def keys(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._texts)


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"  # a reason without one of its values still says the rest


@functools.cache
def words_of(language: Language) -> Words:
    """The catalogue of a language."""
    texts: dict[str, str] = {}
    for path in sorted(CATALOGUE.glob(f"{language}*.toml")):
        texts |= _flat(tomllib.loads(path.read_text("utf-8")))
    return Words(language, texts)


def choose_language(wanted: str | None) -> Language:
    """The language of that name; Vietnamese when there is none."""
    return next((language for language in LANGUAGES if language == wanted), "vi")


def _flat(tables: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in tables.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", str(value)))
    return pairs
