"""Every word of the booth page, in Vietnamese, English and Chinese, from `catalogue/vi.toml` and so on."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from contract.plate import Language, format_plate

LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en", "zh")
CATALOGUE: Final = Path(__file__).parent / "catalogue"
_LANE: Final = re.compile(r"(in|out)-(\d+)")


@functools.cache
def texts_of(language: Language) -> dict[str, str]:
    """The catalogue of a language: `table.key` to text."""
    tables = tomllib.loads((CATALOGUE / f"{language}.toml").read_text("utf-8"))
    return {f"{table}.{key}": text for table, texts in tables.items() for key, text in texts.items()}


def choose_language(wanted: str | None) -> Language:
    """The language of that name; Vietnamese when there is none."""
    return next((language for language in LANGUAGES if language == wanted), "vi")


@dataclass(frozen=True, slots=True)
class Say:
    """Speaks one language, by the gate's clock."""

    language: Language
    utc_offset_h: float

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its `{values}`. A key that is not there is a mistake of the program: KeyError."""
        return texts_of(self.language)[key].format(**values)

    def lane(self, lane: str) -> str:
        """What people call a lane; its own name where it is not like `in-1` or `out-2`."""
        named = _LANE.fullmatch(lane)
        return self(f"lane.{named[1]}", number=named[2]) if named else lane

    def time(self, at: datetime) -> str:
        """Time of day."""
        return self._local(at).strftime("%H:%M:%S")

    def full_time(self, at: datetime) -> str:
        """Day and time."""
        return self._local(at).strftime("%d/%m/%Y %H:%M:%S")

    @staticmethod
    def plate(text: str) -> str:
        """A plate as people write it."""
        return format_plate(text)

    def unjudged(self, why: str) -> str:
        """Why something cannot be judged; the word itself where it is new to us."""
        texts = texts_of(self.language)
        return texts.get(f"unjudged.{why}", texts.get(f"health.{why}", why))

    @staticmethod
    def number(value: float) -> str:
        """A measurement, with as many digits as help."""
        return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(timezone(timedelta(hours=self.utc_offset_h)))
