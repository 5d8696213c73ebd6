"""The simulated barrier: travel, its own safety, the officer's key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulation.barrier import SimBarrier


def _let_pass(barrier: SimBarrier, seconds: float) -> None:
    for _ in range(round(seconds / 0.1)):
        barrier.tick(0.1)


def _opened() -> SimBarrier:
    barrier = SimBarrier()
    barrier.open()
    _let_pass(barrier, 5)
    return barrier


def test_arm_takes_its_time_from_closed_to_open() -> None:
    """A command starts the motion; only after a while the limit switch says open."""
    barrier = SimBarrier()
    assert barrier.position == "closed"
    barrier.open()
    assert barrier.position == "opening"
    barrier.tick(0.2)
    assert barrier.position == "opening"
    _let_pass(barrier, 5)
    assert barrier.position == "open"


def test_arm_closes_when_the_loop_is_free() -> None:
    """Told to close with nothing beneath, the arm passes through closing to closed."""
    barrier = _opened()
    barrier.close()
    barrier.tick(0.2)
    assert barrier.position == "closing"
    _let_pass(barrier, 5)
    assert barrier.position == "closed"


def test_close_is_refused_while_a_vehicle_stands_beneath() -> None:
    """The arm stays up over a vehicle, and the refusal is counted."""
    barrier = _opened()
    barrier.presence = True
    barrier.close()
    _let_pass(barrier, 5)
    assert barrier.position == "open"
    assert barrier.refused == 1


def test_falling_arm_rises_again_over_a_vehicle() -> None:
    """A vehicle that drives in beneath a falling arm finds it going up."""
    barrier = _opened()
    barrier.close()
    barrier.tick(0.5)
    barrier.presence = True
    _let_pass(barrier, 5)
    assert barrier.position == "open"


def test_close_followed_at_once_by_a_vehicle_leaves_the_arm_up() -> None:
    """A vehicle that comes beneath after the command and before the arm has moved is not hit."""
    barrier = _opened()
    barrier.close()
    barrier.presence = True
    _let_pass(barrier, 5)
    assert barrier.position == "open"


def test_opening_twice_is_one_cycle() -> None:
    """A repeated open command does not count as another opening."""
    barrier = _opened()
    barrier.open()
    assert barrier.opened == 1


def test_officers_key_raises_and_lowers() -> None:
    """The key raises the arm and shows on the input; turned back, the arm comes down."""
    barrier = SimBarrier()
    barrier.by_hand(raise_arm=True)
    _let_pass(barrier, 5)
    assert (barrier.position, barrier.manual_open) == ("open", True)
    barrier.by_hand(raise_arm=False)
    _let_pass(barrier, 5)
    assert (barrier.position, barrier.manual_open) == ("closed", False)


_events = st.lists(
    st.sampled_from(["open", "close", "key_up", "key_down", "arrive", "go"]) | st.floats(0.01, 10.0), max_size=40
)


@given(_events)
def test_arm_never_comes_down_on_a_vehicle(events: list[str | float]) -> None:
    """Whatever is commanded in whatever order, no tick lowers the arm while a vehicle is beneath."""
    barrier = SimBarrier()
    for event in events:
        before = barrier.arm
        match event:
            case "open":
                barrier.open()
            case "close":
                barrier.close()
            case "key_up" | "key_down":
                barrier.by_hand(raise_arm=event == "key_up")
            case "arrive" | "go":
                barrier.presence = event == "arrive"
            case float():
                barrier.tick(event)
        assert 0.0 <= barrier.arm <= 1.0
        if barrier.presence:
            assert barrier.arm >= before
