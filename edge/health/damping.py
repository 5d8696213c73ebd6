"""Findings that come and go, told only on lasting evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from contract.messages import HealthFinding, HealthReason, Severity

_GRAVITY: Final = {code: place for place, code in enumerate(HealthReason)}
_SEVERITIES: Final = tuple(Severity)
_MINOR: Final = frozenset({HealthReason.SHAKING, HealthReason.NOISE, HealthReason.DIRTY_LENS, HealthReason.COLOUR_CAST})
_SLOWLY: Final = 2.0
"""What is less grave takes longer to be told: it is often the beginning of something graver, and then not named."""
_IN_BURSTS: Final = frozenset({HealthReason.CORRUPTED})
_AT_ONCE, _BURSTS_FADE = 0.3, 0.4
"""What comes in single pictures is believed sooner, and is gone only when none has come for long."""
_UNTOLD_FADES: Final = 3.0
"""A suspicion passes so much faster than a fault."""
_FORGOTTEN_S: Final = 300.0
"""One that nothing can be said of for so long is forgotten: nothing is learnt while it lasts, and a camera that does
not learn how dusk falls sees ghosts all night."""


@dataclass
class _Watched:
    evidence: float = 0.0
    """0: gone; 1: told."""
    told: bool = False
    finding: HealthFinding | None = None


@dataclass
class Damped:
    """Evidence for each kind of fault. What was seen for `enter_s` is told; what was not seen for `heal_s` is gone."""

    _watched: dict[HealthReason, _Watched] = field(default_factory=dict)

    def see(
        self,
        found: list[HealthFinding],
        judged: frozenset[HealthReason],
        unjudged: frozenset[HealthReason] = frozenset(),
        *,
        enter_s: float,
        heal_s: float,
        passed_s: float,
    ) -> None:
        """Take what was found at a look into account; what is neither found nor `judged` stays as it is.

        Of what is `unjudged` nothing can be said now: a mere suspicion is forgotten with time.
        """
        for finding in found:
            watched = self._watched.setdefault(finding.code, _Watched())
            need_s = enter_s * (_SLOWLY if finding.code in _MINOR else _AT_ONCE if finding.code in _IN_BURSTS else 1.0)
            watched.evidence = min(1.0, watched.evidence + passed_s / need_s)
            watched.told = watched.told or watched.evidence >= 1.0
            watched.finding = _with_worst(watched.finding if watched.told else None, finding)
        seen = {finding.code for finding in found}
        for code, watched in list(self._watched.items()):
            if code in seen:
                continue
            if code in unjudged and not watched.told:
                watched.evidence -= passed_s / _FORGOTTEN_S
            elif code in judged:
                fades = _BURSTS_FADE if code in _IN_BURSTS else 1.0 if watched.told else _UNTOLD_FADES
                watched.evidence -= passed_s / heal_s * fades
            if watched.evidence <= 0.0:
                del self._watched[code]

    @property
    def suspected(self) -> bool:
        """Whether there is evidence for anything, told or not."""
        return bool(self._watched)

    def suspects(self, code: HealthReason) -> bool:
        """Whether there is evidence for this kind of fault."""
        return code in self._watched

    def told(self) -> tuple[HealthFinding, ...]:
        """What is wrong, the gravest first."""
        found = [watched.finding for watched in self._watched.values() if watched.told and watched.finding is not None]
        return tuple(sorted(found, key=lambda finding: _GRAVITY[finding.code]))


def _with_worst(before: HealthFinding | None, now: HealthFinding) -> HealthFinding:
    """A fault that was severe stays so until it is gone: a level that goes up and down helps nobody."""
    if before is None or _SEVERITIES.index(before.severity) <= _SEVERITIES.index(now.severity):
        return now
    return now.model_copy(update={"severity": before.severity})
