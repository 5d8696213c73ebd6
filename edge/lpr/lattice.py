"""From per-position characters to a plate text: the grammar as a prior, never as a rewrite.

Pure functions. A text that some authority could have issued is believed `GRAMMAR_ODDS` times more readily than one
that nobody issues; a confident read that fits no grammar therefore stays as it was read.
"""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

from contract.plate import CN_UNREAD_PROVINCE, PlateColour, PlateCountry, PlateKind, parse
from edge.lpr.types import Position, Read

GRAMMAR_ODDS = 200.0
_OTHER_COLOUR_ODDS = 10.0
"""Of a text that is issued, though not on a plate of the colour that was seen: 澳 on blue, eight places on yellow."""
_FLOOR = 1e-4
_SAME_SHAPE = {"I": ("1", 0.5), "O": ("0", 0.5), "Q": ("0", 0.05)}
"""Letters that may be meant as the digit of their shape, and how readily. GA 36 leaves out I and O, Vietnamese series
leave out I, O and Q; only military plates have a Q."""
_UNREAD_SHARE = 0.6
"""A plate whose province was not read is never a sure read, however clear the rest of it is."""
_TRIED = 400
_SKIP = ""


def most_likely_texts(lattice: tuple[Position, ...], *, limit: int = _TRIED) -> list[tuple[str, float]]:
    """Texts of a lattice with their probabilities, best first, at most `limit`. Best-first search over ranks."""
    if not lattice:
        return []
    columns = [[(character, max(p, _FLOOR)) for character, p in _with_same_shape(position)] for position in lattice]
    steps = [[math.log(p) - math.log(next_p) for (_, p), (_, next_p) in pairwise(column)] for column in columns]
    # which rank each place has, as one number, the first place counting most: less to make and compare than a tuple
    base = max(map(len, columns))
    units = [base**place for place in reversed(range(len(columns)))]
    heap = [(-sum(math.log(column[0][1]) for column in columns), 0)]
    seen = {0}
    texts: list[tuple[str, float]] = []
    while heap and len(texts) < limit:
        cost, ranks = heapq.heappop(heap)
        text = ""
        for column, step, unit in zip(columns, steps, units, strict=True):
            rank = ranks // unit % base
            text += column[rank][0]
            if rank < len(step):
                following = ranks + unit
                if following not in seen:
                    seen.add(following)
                    heapq.heappush(heap, (cost + step[rank], following))
        texts.append((text, math.exp(-cost)))
    return texts


def _with_same_shape(position: Position) -> Position:
    """Let the digit be meant where a letter of the same shape was read."""
    options = dict(position)
    for letter, (digit, share) in _SAME_SHAPE.items():
        if letter in options:
            options[digit] = max(options.get(digit, 0.0), options[letter] * share)
    return tuple(sorted(options.items(), key=lambda option: -option[1]))


def with_same_shapes(texts: dict[str, float]) -> dict[str, float]:
    """Like the above for whole texts: where letters were read that plates leave out, also the text with the digits."""
    meant = dict(texts)
    for text, probability in texts.items():
        other, share = text, 1.0
        for letter, (digit, odds) in _SAME_SHAPE.items():
            if letter in other:
                share *= odds ** other.count(letter)
                other = other.replace(letter, digit)
        if other != text:
            meant[other] = meant.get(other, 0.0) + probability * share
    return meant


def with_doubtful_places_optional(lattice: tuple[Position, ...]) -> tuple[Position, ...]:
    """Let a place be left out with half of what its best character lacks: a screw or an emblem is no character."""
    changed = []
    for position in lattice:
        if any(character == _SKIP for character, _ in position):
            changed.append(position)
            continue
        doubt = (1.0 - position[0][1]) / 2
        options = [*position, (_SKIP, doubt)] if doubt > _FLOOR else list(position)
        changed.append(tuple(sorted(options, key=lambda option: -option[1])))
    return tuple(changed)


def decide(lattice: tuple[Position, ...], *, colour: PlateColour, lines: int) -> Read | None:
    """The most believable text of a lattice, with the runners-up; None for an empty lattice."""
    texts: dict[str, float] = {}
    for text, probability in most_likely_texts(with_doubtful_places_optional(lattice)):
        if text:
            texts[text] = texts.get(text, 0.0) + probability
    if not texts:
        return None
    ranked = believed(texts, colour=colour, lines=lines)
    best = ranked[0][0]
    per_character = texts[best] ** (1 / len(best))
    candidates = tuple((text, p * per_character) for text, p in ranked)
    return read_of(candidates, _lattice_of(best, lattice), colour=colour, lines=lines)


def believed(texts: dict[str, float], *, colour: PlateColour, lines: int, rest: float = 0.0) -> list[tuple[str, float]]:
    """The five most believable of some texts, best first, each with its probability after the grammar was heard.

    `texts` has the probability of each that was tried; `rest` is that of all others, which count as issued by
    nobody.
    """
    weighted = {text: p * _odds(text, colour, lines) for text, p in texts.items()}
    total = sum(weighted.values()) + rest
    ranked = sorted(weighted, key=lambda text: -weighted[text])[:5]
    return [(text, weighted[text] / total * (_UNREAD_SHARE if CN_UNREAD_PROVINCE in text else 1.0)) for text in ranked]


def _odds(text: str, colour: PlateColour, lines: int) -> float:
    """How much more readily a text is believed than one that nobody issues."""
    plates = parse(text, colour=colour, lines=lines)
    if not plates:
        return 1.0
    fits = colour is PlateColour.UNKNOWN or any(colour in plate.colours for plate in plates)
    return GRAMMAR_ODDS if fits else _OTHER_COLOUR_ODDS


def read_of(
    candidates: tuple[tuple[str, float], ...], lattice: tuple[Position, ...], *, colour: PlateColour, lines: int
) -> Read:
    """The first of the candidates as a read."""
    best, confidence = candidates[0]
    plates = parse(best, colour=colour, lines=lines)
    return Read(
        text=best,
        confidence=confidence,
        lattice=lattice,
        candidates=candidates,
        country=plates[0].country if plates else PlateCountry.OTHER,
        kind=plates[0].kind if plates else PlateKind.OTHER,
        colour=colour,
        lines=lines,
    )


def _lattice_of(text: str, lattice: tuple[Position, ...]) -> tuple[Position, ...]:
    """The positions that `text` was made of, in order, with the places it left out removed."""
    kept = []
    remaining = list(text)
    spare = len(lattice) - len(text)
    for position in lattice:
        options = dict(position)
        chosen = options.get(remaining[0]) if remaining else None
        left_out = options.get(_SKIP, (1.0 - position[0][1]) / 2)
        if chosen is not None and not (spare and position[0][0] != remaining[0] and chosen < left_out):
            kept.append(tuple(option for option in position if option[0] != _SKIP))
            remaining.pop(0)
        else:
            spare -= 1
    return tuple(kept)
