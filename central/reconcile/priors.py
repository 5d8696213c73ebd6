"""What is known before any plate is read: how often things happen at the gates. Shares and rates, all assumptions.

They are written down in `docs/reconciliation.md` with where they come from, and were set on made-up traffic whose
truth is known. Outcomes depend on their order of size, not on their digits: a plate that fits speaks with e¹⁵.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Priors:
    """Shares are probabilities; rates count per minute, of one gate and direction."""

    comes: float = 0.97
    """Share of declarations whose vehicle comes."""
    comes_cancelled: float = 0.05
    """The same of cancelled ones."""
    comes_again: float = 0.005
    """Share of declarations that repeat another one word for word, and whose own vehicle comes beside the other's."""
    on_time: float = 0.97
    """Share of vehicles that come within their window."""
    late_scale_min: float = 300.0
    """How far outside its window a vehicle comes that is not on time: the mean of an exponential, either way."""
    confirmed_on_time: float = 0.98
    """Share of confirmed ones whose vehicle went through within `confirmed_within_min` of the platform's time."""
    confirmed_within_min: float = 20.0
    """How far the platform's time may be from that of the vehicle, either way: people confirm before or behind it."""
    right_gate: float = 0.985
    """Share of vehicles that come to the gate declared."""
    gates: int = 5
    """Gates that it may be at, the one declared among them."""
    right_direction: float = 0.995
    """Share of vehicles that go the way declared."""
    undeclared_per_min: float = 0.006
    """Undeclared vehicles with any plate: one in a hundred of 4,000 passages a day over ten gates and directions."""
    again_per_min: float = 3e-6
    """Undeclared passages of one vehicle that is declared otherwise: one in a hundred of a trip in three days."""
    again_elsewhere: float = 0.1
    """The same at another gate: so much rarer."""
    neighbour: float = 1e-4
    """Chance of an undeclared vehicle to bear a plate of the same row as this one: fleets have them in a row."""
    near_by_chance: float = 1e-6
    """The same of a plate that resembles this one, and stands in no row with it."""
    re_paired: float = 0.01
    """Share of vehicles with another trailer, or another container, than declared."""
    neighbouring_trailer: float = 0.1
    """Chance of a vehicle of the same fleet to have just the trailer that resembles the one declared."""
    again_with_other_trailer: float = 0.2
    """Share of undeclared passages of a vehicle, or of its trailer, with another trailer, or tractor."""
    other_tractor: float = 0.003
    """Share of trailers and containers that come with another tractor than declared."""


PRIORS = Priors()
