"""Who belongs to whom, decided together: each declaration to one passage at most, and each passage to one declaration.

Every way to pair them off is as probable as the product of its weights. `marginals` sums over all ways: exactly for
small groups, by the Bethe approximation for larger ones, which is exact too where the links form no ring. `best` is
the one most probable way. Pure; groups are numbers here: passages are rows, declarations columns.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Edge = tuple[int, int]
Weights = Mapping[Edge, float]
_EXACT_COLUMNS: Final = 10
"""Up to so many declarations all ways are summed over: 2¹⁰ states for each passage."""
_ROUNDS: Final = 200
_CLOSE: Final = 1e-9
_IN_ORDER: Final = 1e-9
"""Of ways that are equally probable the one is taken that keeps the order: a nudge for the logarithm of a weight."""
_LOWEST: Final = 1e-300


def components(edges: Iterable[Edge]) -> list[list[Edge]]:
    """Edges that compete with each other, directly or through others, together; in order."""
    parent: dict[int, int] = {}

    def root(end: int) -> int:
        while (above := parent.setdefault(end, end)) != end:
            parent[end] = end = parent[above]
        return end

    ordered = sorted(edges)
    for row, column in ordered:
        parent[root(row)] = root(~column)  # columns below zero, rows from there on
    groups: dict[int, list[Edge]] = defaultdict(list)
    for edge in ordered:
        groups[root(edge[0])].append(edge)
    return list(groups.values())


def marginals(weights: Weights) -> dict[Edge, float]:
    """The probability of each link, given odds against having none; of one group of `components`."""
    if len(weights) == 1:
        ((edge, weight),) = weights.items()
        return {edge: weight / (1.0 + weight)}
    columns = {column for _, column in weights}
    return _exact(weights) if len(columns) <= _EXACT_COLUMNS else _bethe(weights)


def _exact(weights: Weights) -> dict[Edge, float]:
    """Forward and backward over the passages, by the set of declarations that are taken."""
    places = {column: place for place, column in enumerate(sorted({column for _, column in weights}))}
    rows: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (row, column), weight in sorted(weights.items()):
        rows[row].append((1 << places[column], weight))
    order = sorted(rows)
    forward: list[dict[int, float]] = [{0: 1.0}]
    for row in order:
        forward.append(_step(forward[-1], rows[row]))
    backward: dict[int, float] = dict.fromkeys(forward[-1], 1.0)
    total = math.fsum(forward[-1].values())
    found: dict[Edge, float] = {}
    back = {bit: column for column, place in places.items() for bit in (1 << place,)}
    for row, before in zip(reversed(order), reversed(forward[:-1]), strict=True):
        earlier: dict[int, float] = {}
        for taken, mass in before.items():
            rest = backward[taken]
            for bit, weight in rows[row]:
                if not taken & bit:
                    after = weight * backward[taken | bit]
                    rest += after
                    edge = row, back[bit]
                    found[edge] = found.get(edge, 0.0) + mass * after / total
            earlier[taken] = rest
        backward = earlier
    return found


def _step(before: Mapping[int, float], choices: Sequence[tuple[int, float]]) -> dict[int, float]:
    after = dict(before)
    for taken, mass in before.items():
        for bit, weight in choices:
            if not taken & bit:
                after[taken | bit] = after.get(taken | bit, 0.0) + mass * weight
    return after


def _bethe(weights: Weights) -> dict[Edge, float]:
    """Messages along the links until they rest: how free one end is, apart from this link."""
    of_row: dict[int, list[int]] = defaultdict(list)
    of_column: dict[int, list[int]] = defaultdict(list)
    for row, column in sorted(weights):
        of_row[row].append(column)
        of_column[column].append(row)
    from_row = dict.fromkeys(weights, 1.0)
    from_column = dict.fromkeys(weights, 1.0)
    for _ in range(_ROUNDS):
        change = 0.0
        for row, columns in of_row.items():
            loads = {column: weights[row, column] * from_column[row, column] for column in columns}
            for column in columns:
                free = 1.0 / (1.0 + math.fsum(load for other, load in loads.items() if other != column))
                change = max(change, abs(free - from_row[row, column]))
                from_row[row, column] = free
        for column, rows in of_column.items():
            loads = {row: weights[row, column] * from_row[row, column] for row in rows}
            for row in rows:
                from_column[row, column] = 1.0 / (1.0 + math.fsum(x for other, x in loads.items() if other != row))
        if change < _CLOSE:
            break
    odds = {edge: weight * from_row[edge] * from_column[edge] for edge, weight in weights.items()}
    return {edge: odd / (1.0 + odd) for edge, odd in odds.items()}


def best(weights: Weights) -> set[Edge]:
    """The most probable way to pair them off (Hungarian method, with a place of its own for each unpaired row)."""
    if len(weights) == 1:
        return {edge for edge, weight in weights.items() if weight >= 1.0}
    rows = sorted({row for row, _ in weights})
    columns = sorted({column for _, column in weights})
    cost = [[math.inf] * len(columns) for _ in rows]
    place = {column: number for number, column in enumerate(columns)}
    for number, row in enumerate(rows):
        for column in columns:
            weight = weights.get((row, column))
            if weight is not None:
                order = _IN_ORDER * (number - place[column]) ** 2
                cost[number][place[column]] = order - math.log(max(weight, _LOWEST))
    chosen = _hungarian(cost)
    return {(rows[row], columns[column]) for row, column in chosen}


def _hungarian(cost: Sequence[Sequence[float]]) -> list[Edge]:
    """Pairs of least cost, by shortest augmenting paths. Staying alone costs nothing: dearer pairs are left out."""
    height, width = len(cost), len(cost[0])
    row_of = [-1] * (width + height)  # behind the columns stands each row's own place to stay alone
    of_row, of_column = [0.0] * height, [0.0] * (width + height)
    for start in range(height):
        distance = [math.inf] * (width + height)
        came_from = [-1] * (width + height)
        done = [False] * (width + height)
        row, least, column = start, 0.0, -1
        reached: list[int] = []
        while row != -1:
            for other in (*range(width), width + row):
                step = cost[row][other] if other < width else 0.0
                if done[other] or step == math.inf:
                    continue
                length = least + step - of_row[row] - of_column[other]
                if length < distance[other]:
                    distance[other], came_from[other] = length, column
            column = min((c for c in range(width + height) if not done[c]), key=distance.__getitem__)
            least = distance[column]
            done[column] = True
            reached.append(column)
            row = row_of[column]
        # potentials stay true: reduced costs at or above zero, and at zero along what is chosen
        of_row[start] += least
        for done_column in reached:
            gain = least - distance[done_column]
            of_column[done_column] -= gain
            if row_of[done_column] != -1:
                of_row[row_of[done_column]] += gain
        while column != -1:
            before = came_from[column]
            row_of[column] = row_of[before] if before != -1 else start
            column = before
    return sorted((row, column) for column, row in enumerate(row_of[:width]) if row != -1)
