"""Links that exclude each other, against counting all ways to pair them off."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from central.reconcile.assign import Edge, best, components, marginals

weights_ = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.floats(-8, 8).map(math.exp), min_size=1, max_size=14
)


def ways(weights: dict[Edge, float], rows: list[int], taken: frozenset[int] = frozenset()) -> Iterator[frozenset[Edge]]:
    if not rows:
        yield frozenset()
        return
    yield from ways(weights, rows[1:], taken)
    for row, column in weights:
        if row == rows[0] and column not in taken:
            for way in ways(weights, rows[1:], taken | {column}):
                yield way | {(row, column)}


@given(weights=weights_)
def test_probabilities_and_the_best_way_are_those_of_counting(weights: dict[Edge, float]) -> None:
    """Of groups with and without rings: exact sums, and no way is more probable than the best."""
    all_ways = list(ways(weights, sorted({row for row, _ in weights})))
    worth = {way: math.prod(weights[edge] for edge in way) for way in all_ways}
    total = math.fsum(worth.values())
    found: dict[Edge, float] = {}
    chosen: set[Edge] = set()
    for group in components(weights):
        mine = {edge: weights[edge] for edge in group}
        found |= marginals(mine)
        chosen |= best(mine)
    for edge in weights:
        expected = math.fsum(w for way, w in worth.items() if edge in way) / total
        assert math.isclose(found[edge], expected, rel_tol=1e-6, abs_tol=1e-9)
    assert math.isclose(worth[frozenset(chosen)], max(worth.values()), rel_tol=1e-6)


def test_a_long_chain_is_exact_too() -> None:
    """Fourteen declarations in a row: what is approximated for large groups is exact where the links form no ring."""
    weights = {(n, n): 3.0 for n in range(14)} | {(n + 1, n): 2.0 for n in range(14)}

    def total(first: int, last: int) -> float:
        """Of the links first … last of the chain, which alternate between 3 and 2 and exclude their neighbours."""
        without, including = 1.0, 0.0
        for number in range(first, last + 1):
            without, including = without + including, without * (3.0 if number % 2 == 0 else 2.0)
        return without + including

    found = marginals(weights)
    for (row, column), weight in weights.items():
        place = 2 * column + (row - column)
        expected = weight * total(0, place - 2) * total(place + 2, 27) / total(0, 27)
        assert math.isclose(found[row, column], expected, rel_tol=1e-6)


def test_equal_ways_keep_the_order() -> None:
    """Two trips of one vehicle, declared twice: the first passage has the first declaration."""
    assert best({(row, column): 5.0 for row in range(3) for column in range(3)}) == {(0, 0), (1, 1), (2, 2)}
