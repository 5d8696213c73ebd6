"""How probable so few of so many are, when their share varies from day to day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma

_SURE = 1e6
"""A share that is known as well as if so many had been counted is known exactly."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A share that is expected (0–1), and how well it is known: as if from so many vehicles (> 0)."""

    share: float
    weight: float = _SURE

    @classmethod
    def counted(cls, some: int, of: int, spread: float) -> Usual:
        """From a count of other days, which differ by `spread` (standard deviation) from one to the next."""
        share = (some + 0.5) / (of + 1)  # never quite none, never quite all
        variance = share * (1 - share)
        return cls(share, variance / (spread**2 + variance / (of + 1)))

    @classmethod
    def known(cls, share: float, spread: float) -> Usual:
        """A share that was worked out before."""
        return cls(share, max(share * (1 - share), 1e-6) / spread**2)


def so_few(some: int, of: int, usual: Usual) -> float:
    """The probability of `some` or fewer among `of`: lower tail of the beta-binomial distribution."""
    if some >= of:
        return 1.0
    a, b = usual.share * usual.weight, (1 - usual.share) * usual.weight
    whole = lgamma(of + 1) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(of + a + b)
    terms = (
        exp(whole - lgamma(k + 1) - lgamma(of - k + 1) + lgamma(k + a) + lgamma(of - k + b)) for k in range(some + 1)
    )
    return min(1.0, sum(terms))
