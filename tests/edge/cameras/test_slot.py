"""Frames pass from one process to another through memory."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from contract.errors import SourceError
from edge.cameras.slot import FrameSlot


def frame(value: int, height: int = 90, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


@pytest.fixture
def slots():
    reader = FrameSlot.create()
    writer = FrameSlot(os.dup(reader.descriptor))
    yield writer, reader
    writer.close()
    reader.close()


def test_only_the_newest_frame_is_taken_and_only_once(slots) -> None:
    """A reader that comes late gets the newest frame, with its times, and then nothing."""
    writer, reader = slots
    assert reader.take() is None
    writer.write(frame(1), 100.0, 1.0)
    writer.write(frame(2), 101.0, 2.0)
    taken = reader.take()
    assert taken is not None
    assert (taken.captured_s, taken.monotonic_s, taken.number) == (101.0, 2.0, 1)
    assert (taken.image == 2).all()
    assert reader.take() is None


def test_a_frame_taken_is_not_changed_by_the_next(slots) -> None:
    """What was handed on belongs to the reader."""
    writer, reader = slots
    writer.write(frame(1), 0.0, 0.0)
    taken = reader.take()
    writer.write(frame(9), 0.0, 0.0)
    assert taken is not None
    assert (taken.image == 1).all()


def test_the_picture_size_may_change(slots) -> None:
    """A camera may be set to another resolution while it runs."""
    writer, reader = slots
    for height, width in ((90, 160), (1080, 1920), (45, 80)):
        writer.write(frame(3, height, width), 0.0, 0.0)
        taken = reader.take()
        assert taken is not None
        assert taken.image.shape == (height, width, 3)


def test_a_writer_killed_in_the_middle_leaves_nothing_torn(slots) -> None:
    """A half-written frame is not handed on, and the next writer goes on."""
    writer, reader = slots
    writer.write(frame(1), 0.0, 0.0)
    writer._counter[0] += 1  # as a writer leaves it that is killed while it copies
    assert reader.take() is None
    writer.write(frame(2), 0.0, 0.0)
    taken = reader.take()
    assert taken is not None
    assert (taken.image == 2).all()


def test_a_reader_never_sees_half_of_two_frames(slots) -> None:
    """While one side writes as fast as it can, every frame that the other takes is of one piece."""
    writer, reader = slots
    done = threading.Event()

    def write() -> None:
        for number in range(600):
            writer.write(frame(number % 250, 360, 640), float(number), float(number))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    while not done.is_set():
        taken = reader.take()
        if taken is not None:
            seen += 1
            assert (taken.image == int(taken.captured_s) % 250).all()
    thread.join()
    assert seen + (reader.take() is not None) > 0


def test_a_picture_that_does_not_fit_is_refused(slots) -> None:
    """A camera set too high gets a message that says what to do."""
    writer, _ = slots
    with pytest.raises(SourceError, match="lower the camera's size"):
        writer.write(frame(1, 3040, 4056), 0.0, 0.0)
