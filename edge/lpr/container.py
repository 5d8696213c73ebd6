"""From looks at a container's marking to its code: the check digit chooses among what was read, it never invents.

A `ContainerReader` says for each of the eleven places which characters it takes to stand there, and how surely.
`choose` finds the likeliest code among all that can be put together from these and whose check digit fits; `vote` does
so for several looks at one marking. Where that is not sure enough the answer is a `ContainerUnread`: with a reason, and
with what was read. Pure functions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from string import ascii_uppercase, digits
from typing import Protocol

from contract.container import CATEGORIES
from contract.container_code import CODE_LENGTH, MODULUS, fits, share_of_sum
from edge.frame import Image
from edge.lpr.types import Box, Position

Lattice = tuple[Position, ...]
"""Per place of the code the characters that a reader proposes, each with its probability; what is missing from 1 is its
doubt whether any of them is right. A place that was not read is an empty one."""

ACCEPT = 0.8
"""A code is told when it is believed so much."""
CHECK_DIGIT_ODDS = 10.0
"""A code whose check digit fits is believed so much more readily than another one: of random codes one in ten fits."""
SHAPE_ODDS = 10.0
"""A text of letters and digits where they belong is believed so much more readily than one that can be no code."""
RIVAL = 0.5
"""No code is told beside a second one that is more than this times as likely."""
INDEPENDENT_LOOKS = 4.0
"""Looks at one marking err alike: more of them than this prove no more."""
_MISFIT = 0.5
"""A text read so surely whose check digit does not fit is the reason for telling none."""
_PROPOSED = 0.01
"""A character that a look gives less than this is not what it saw there."""
_MISREAD = 1
"""A look stands by a code that it saw but for so many places. Codes of one owner in a row differ in two: the last digit
and the check digit."""
_FLOOR = 1e-3
_KEPT = 5
_UNREAD = "?"
_NONE = ""
_KINDS = (frozenset(ascii_uppercase),) * 3 + (frozenset(CATEGORIES),) + (frozenset(digits),) * 7


class ContainerDoubt(StrEnum):
    """Why a marking that was looked at gives no code."""

    NOT_WHOLE = "not_whole"
    """It was not read as eleven characters."""
    NO_CODE = "no_code"
    """A letter was read where a digit has to stand, or the like."""
    CHECK_DIGIT = "check_digit"
    """What was read surely has another check digit."""
    AMBIGUOUS = "ambiguous"
    """Two codes that fit are about as likely."""
    UNLIKELY = "unlikely"
    """The best that fits is doubtful."""
    LOOKS_DISAGREE = "looks_disagree"
    """Not enough looks saw what the others saw; two containers in one view end here too."""


@dataclass(frozen=True, slots=True)
class ContainerRead:
    """A code whose check digit fits, as the camera saw it.

    `candidates` are codes that fit too, best first, each with how much it is believed; the first is `text`.
    """

    text: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    looks: int = 1


@dataclass(frozen=True, slots=True)
class ContainerUnread:
    """A marking that was seen and gives no code.

    `text` is what was read, likeliest character by character and never repaired; `?` where nothing was proposed.
    """

    reason: ContainerDoubt
    text: str
    looks: int = 1


@dataclass(frozen=True, slots=True)
class MarkingSeen:
    """A container's marking in a picture: where it is, and what may stand at each of its places."""

    box: Box
    lattice: Lattice


class ContainerReader(Protocol):
    """Finds and reads markings. Which code they give is decided by `choose` and `vote` alone."""

    def read_picture(self, image: Image) -> list[MarkingSeen]:
        """Every marking of a picture, without size-type codes. A place that cannot be read is left empty or out."""
        ...


def choose(lattice: Lattice, *, accept: float = ACCEPT) -> ContainerRead | ContainerUnread:
    """The code that a lattice gives, or why it gives none.

    Only characters that were proposed are put together, and no place is filled in. What a look believes in besides is
    weighed against them: a code read surely whose check digit does not fit leaves too little for any other.
    """
    read = _as_read(lattice)
    if not _is_whole(lattice):
        return ContainerUnread(ContainerDoubt.NOT_WHOLE, read)
    places = [_proposals(position) for position in lattice]
    options = [_of_kind(place, kind) for place, kind in zip(places, _KINDS, strict=True)]
    if not all(options):
        return ContainerUnread(ContainerDoubt.NO_CODE, read)
    ranked, fitting = fitting_texts(options)
    evidence = fitting * CHECK_DIGIT_ODDS + _weight_of_others(places, options, fitting)
    candidates = tuple((text, min(1.0, p * CHECK_DIGIT_ODDS / evidence)) for text, p in ranked)
    rival = len(candidates) > 1 and candidates[1][1] > RIVAL * candidates[0][1]
    if candidates and candidates[0][1] >= accept and not rival:
        return ContainerRead(candidates[0][0], candidates[0][1], candidates)
    if _likelihood(lattice) >= _MISFIT and not fits(read):
        return ContainerUnread(ContainerDoubt.CHECK_DIGIT if _has_shape(read) else ContainerDoubt.NO_CODE, read)
    return ContainerUnread(ContainerDoubt.AMBIGUOUS if rival else ContainerDoubt.UNLIKELY, read)


def vote(looks: Sequence[Lattice], *, accept: float = ACCEPT) -> ContainerRead | ContainerUnread | None:
    """What several looks at one marking agree on, place by place; None without looks.

    The check digit is heard once, after the looks were joined: else, of many looks that misread, the one that happens
    to fit would be believed. A look that saw another code counts against the one that is told.
    """
    whole = [look for look in looks if _is_whole(look)]
    if not whole:
        return (
            replace(choose(max(looks, key=lambda look: (len(look), _likelihood(look)))), looks=len(looks))
            if looks
            else None
        )
    voices = [max(_likelihood(look), _FLOOR) for look in whole]
    joined = whole[0] if len(whole) == 1 else _joined(whole, voices)
    verdict = replace(choose(joined, accept=accept), looks=len(whole))
    if isinstance(verdict, ContainerUnread):
        return verdict
    standing_by = math.fsum(voice for look, voice in zip(whole, voices, strict=True) if _stands_by(look, verdict.text))
    share = standing_by / math.fsum(voices)
    if verdict.confidence * share < accept:
        return ContainerUnread(ContainerDoubt.LOOKS_DISAGREE, verdict.text, len(whole))
    candidates = tuple((text, p * share) for text, p in verdict.candidates)
    return replace(verdict, confidence=verdict.confidence * share, candidates=candidates)


def fitting_texts(options: Sequence[dict[str, float]], *, limit: int = _KEPT) -> tuple[list[tuple[str, float]], float]:
    """The likeliest texts whose check digit fits, best first, and the probability of all that fit, however many.

    Exact, not a search: texts whose sums leave the same remainder are followed together (Viterbi over eleven states).
    """
    ways: dict[int, tuple[float, list[tuple[str, float]]]] = {0: (1.0, [("", 1.0)])}
    for place, proposals in enumerate(options[: CODE_LENGTH - 1]):
        totals: dict[int, float] = defaultdict(float)
        texts: dict[int, list[tuple[str, float]]] = defaultdict(list)
        for remainder, (total, best) in ways.items():
            for character, p in proposals.items():
                reached = (remainder + share_of_sum(character, place)) % MODULUS
                totals[reached] += total * p
                texts[reached] += [(text + character, so_far * p) for text, so_far in best]
        ways = {reached: (totals[reached], _best(texts[reached], limit)) for reached in totals}
    last = [
        (way, digit, options[-1].get(digit, 0.0)) for remainder, way in ways.items() for digit in [str(remainder % 10)]
    ]
    fitting = sum(total * p for (total, _), _, p in last)
    whole = [(text + digit, so_far * p) for (_, best), digit, p in last if p > 0 for text, so_far in best]
    return _best(whole, limit), fitting


def may_stand_at(place: int, position: Position) -> bool:
    """Whether a place of a code could be this one: a character of its kind was proposed, and not too faintly."""
    return any(p >= _PROPOSED for p in _of_kind(_proposals(position), _KINDS[place]).values())


def _best(texts: Iterable[tuple[str, float]], limit: int) -> list[tuple[str, float]]:
    return sorted(texts, key=lambda item: (-item[1], item[0]))[:limit]


def _proposals(position: Position) -> dict[str, float]:
    """What was proposed for a place; probabilities that add up to more than 1 are scaled down."""
    proposed = {character: min(p, 1.0) for character, p in position if p > 0 and character != _NONE}
    scale = max(1.0, sum(proposed.values()))
    return {character: p / scale for character, p in proposed.items()}


def _of_kind(proposals: dict[str, float], kind: frozenset[str]) -> dict[str, float]:
    return {character: p for character, p in proposals.items() if character in kind}


def _weight_of_others(places: Sequence[dict[str, float]], options: Sequence[dict[str, float]], fitting: float) -> float:
    """How much speaks for a text that does not fit. What was not proposed may be anything, and counts as a code."""
    may_be_codes = math.prod(
        max(0.0, 1.0 - sum(place.values()) + sum(option.values()))
        for place, option in zip(places, options, strict=True)
    )
    return max(0.0, may_be_codes - fitting) + (1.0 - may_be_codes) / SHAPE_ODDS


def _is_whole(lattice: Lattice) -> bool:
    return len(lattice) == CODE_LENGTH and all(_likeliest(position)[1] > 0 for position in lattice)


def _has_shape(text: str) -> bool:
    return all(character in kind for character, kind in zip(text, _KINDS, strict=True))


def _likeliest(position: Position) -> tuple[str, float]:
    proposed = [option for option in position if option[0] != _NONE and option[1] > 0]
    return max(proposed, key=lambda option: option[1], default=(_UNREAD, 0.0))


def _as_read(lattice: Lattice) -> str:
    return "".join(_likeliest(position)[0] for position in lattice)


def _likelihood(lattice: Lattice) -> float:
    """How surely a look read what it read as a whole."""
    return math.prod(min(1.0, _likeliest(position)[1]) for position in lattice)


def _stands_by(look: Lattice, text: str) -> bool:
    proposed = [dict(position).get(character, 0.0) for position, character in zip(look, text, strict=True)]
    return sum(p < _PROPOSED for p in proposed) <= _MISREAD


def _joined(looks: Sequence[Lattice], voices: Sequence[float]) -> Lattice:
    """The looks' probabilities multiplied place by place, those of clear looks counting more (a logarithmic pool).

    Sums are exact (`fsum`), so that the order of the looks never matters, not even between characters as likely.
    """
    total = math.fsum(voices)
    equally_clear = total**2 / math.fsum(voice**2 for voice in voices)
    evidence = min(INDEPENDENT_LOOKS, equally_clear)
    weights = [evidence * voice / total for voice in voices]
    return tuple(_pooled([look[place] for look in looks], weights) for place in range(CODE_LENGTH))


def _pooled(positions: Sequence[Position], weights: Sequence[float]) -> Position:
    """One place of several looks; that no proposal is right is a possibility beside them, with a share of its own."""
    shares = [dict(position) for position in positions]
    for share in shares:
        share[_NONE] = max(0.0, 1.0 - sum(p for character, p in share.items() if character != _NONE))
    logs = {
        character: math.fsum(
            weight * math.log(max(share.get(character, 0.0), _FLOOR))
            for share, weight in zip(shares, weights, strict=True)
        )
        for character in {character for share in shares for character in share}
    }
    top = max(logs.values())
    total = math.fsum(math.exp(value - top) for value in logs.values())
    pooled = ((character, math.exp(value - top) / total) for character, value in logs.items() if character != _NONE)
    return tuple(sorted(pooled, key=lambda option: (-option[1], option[0])))
