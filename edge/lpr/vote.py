"""Many looks at one plate become one plate: a vote by position. Pure.

Reads are grouped by length and country; the group with the most weight wins, and inside it each position's
probabilities are multiplied, those of clear looks counting more. Looks at one plate err alike (the same dirt, the same
glare), so the evidence of n looks counts as that of at most `INDEPENDENT_LOOKS`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from contract.plate import PlateColour
from edge.lpr.lattice import decide
from edge.lpr.types import Position, Read

INDEPENDENT_LOOKS = 4.0
_FLOOR = 1e-3
_NOBODYS = 0.5
"""Between looks that disagree, a text that no authority issues has to be twice as likely."""
_BELIEVED = 0.3
"""So sure must a look be to tell others that they were cut too close."""
_STROKES = "1I"
"""What the edge of a plate or its frame is taken for."""


def vote(reads: Sequence[Read]) -> Read | None:
    """The plate that the reads agree on; None without reads. One read is returned as it is."""
    usable = [read for read in reads if len(read.lattice) == len(read.text)]
    if not usable:
        return max(reads, key=lambda read: read.confidence, default=None)
    groups: dict[tuple[int, str], list[Read]] = defaultdict(list)
    for read in usable:
        groups[len(read.text), read.country].append(read)
    group = max(groups.values(), key=lambda members: sum(read.confidence**2 for read in members))
    if len(group) == 1:
        return group[0]
    weights = _weights(group)
    lattice = tuple(_fused([read.lattice[place] for read in group], weights) for place in range(len(group[0].text)))
    lines = max({read.lines for read in group}, key=[read.lines for read in group].count)
    fused = decide(lattice, colour=_colour(group), lines=lines)
    if fused is None:
        return None
    outvoted = sum(read.confidence for read in usable if read not in group)
    support = sum(read.confidence for read in group)
    share = support / (support + outvoted)
    return Read(
        fused.text,
        fused.confidence * share,
        fused.lattice,
        tuple((text, p * share) for text, p in fused.candidates),
        fused.country,
        fused.kind,
        fused.colour,
        fused.lines,
    )


def mixed(looks: Sequence[Read]) -> Read | None:
    """Looks at one and the same picture of a plate, cut out in different ways: the text they believe in on average.

    They share every flaw of the picture, so nothing is multiplied: of n looks, one that is sure and wrong weighs 1/n.
    A look that was cut too close loses characters at an end, and none can gain one: it speaks for the longer text.
    """
    if not looks:
        return None
    believed = (look for look in looks if look.fits_grammar and look.confidence >= _BELIEVED)
    wholes = [look.text for look in sorted(believed, key=lambda look: -look.confidence)]
    shares: dict[str, float] = defaultdict(float)
    for look in looks:
        for text, confidence in look.candidates:
            shares[_whole_of(text, wholes)] += confidence / len(looks)
    best = max(looks, key=lambda look: (shares[look.text] * (1.0 if look.fits_grammar else _NOBODYS), look.confidence))
    others = sorted((item for item in shares.items() if item[0] != best.text), key=lambda item: -item[1])
    candidates = ((best.text, shares[best.text]), *others[:4])
    return replace(best, confidence=shares[best.text], candidates=candidates)


def _whole_of(text: str, wholes: Sequence[str]) -> str:
    """The first longer text that this one lacks a character of at an end; itself if there is none or it is a stroke."""
    for whole in wholes:
        if (whole[:-1] == text and whole[-1] not in _STROKES) or (whole[1:] == text and whole[0] not in _STROKES):
            return whole
    return text


def _weights(reads: Sequence[Read]) -> list[float]:
    """What each look counts: the clearer it was, the more; all together as so many independent looks."""
    total = sum(read.confidence for read in reads)
    evidence = min(INDEPENDENT_LOOKS, len(reads))
    return [evidence * (read.confidence / total if total > 0 else 1 / len(reads)) for read in reads]


def _fused(positions: Sequence[Position], weights: Sequence[float]) -> Position:
    characters = {character for position in positions for character, _ in position}
    logs = {
        character: sum(
            weight * math.log(max(dict(position).get(character, 0.0), _FLOOR))
            for position, weight in zip(positions, weights, strict=True)
        )
        for character in characters
    }
    top = max(logs.values())
    total = sum(math.exp(value - top) for value in logs.values())
    fused = sorted(((c, math.exp(value - top) / total) for c, value in logs.items()), key=lambda item: -item[1])
    return tuple(fused[:6])


def _colour(reads: Sequence[Read]) -> PlateColour:
    known = [read.colour for read in reads if read.colour is not PlateColour.UNKNOWN]
    return max(set(known), key=known.count) if known else PlateColour.UNKNOWN


def unlike(a: str, b: str) -> bool:
    """Whether two texts are so different that they cannot be looks at one plate."""
    if abs(len(a) - len(b)) > 2:
        return True
    shared = sum(1 for x, y in zip(a, b, strict=False) if x == y)
    shared_from_end = sum(1 for x, y in zip(reversed(a), reversed(b), strict=False) if x == y)
    return max(shared, shared_from_end) < 0.6 * max(len(a), len(b))
