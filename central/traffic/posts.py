"""Which counters each lane has: chosen in one place for the keeper of hours and for the bulletin. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from central.traffic.flow import Post
from central.traffic.observations import Observation, Source
from contract.messages import Direction

Lane = tuple[str, str, Direction]
"""Gate, lane and direction."""


def posts_of(
    heard: Iterable[Observation], lanes: Iterable[Lane] = (), *, with_barrier: Collection[Lane] = ()
) -> list[Post]:
    """The lanes that are known or that a camera told of, each with its counters.

    A lane has a barrier when its passages tell of one, or did so before (`with_barrier`). The platform confirms by lane
    only where all that it confirms of a gate's direction names lanes; else it is held against all lanes of that
    direction together. What loops and arms counted by themselves comes with the hours (`flows`).
    """
    told: dict[Source, set[Lane]] = defaultdict(set)
    for one in heard:
        told[one.source].add((one.site, one.lane, one.direction))
    known = set(lanes) | told[Source.TRACKER]
    barriers = told[Source.BARRIER].union(with_barrier)
    confirmed = {(site, way) for site, _, way in told[Source.DECLARATIONS]}
    of_gates = {(site, way) for site, lane, way in told[Source.DECLARATIONS] if not lane}
    posts: list[Post] = []
    for site, lane, way in sorted(known):
        sources = {Source.TRACKER, Source.READS}
        sources |= {Source.BARRIER} if (site, lane, way) in barriers else set()
        sources |= {Source.DECLARATIONS} if (site, way) in confirmed - of_gates else set()
        posts.append(Post(site, lane, way, frozenset(sources)))
    return [
        *posts,
        *(Post(site, "", way, frozenset({Source.TRACKER, Source.DECLARATIONS})) for site, way in sorted(of_gates)),
    ]
