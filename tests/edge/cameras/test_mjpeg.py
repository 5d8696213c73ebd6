"""Frames of a network camera over HTTP, and what is told when it misbehaves."""

from __future__ import annotations

import base64

import pytest

from contract.errors import SourceError
from edge.cameras.mjpeg import frames_of


def read(url: str, **settings):
    return frames_of(url, open_timeout_s=5, read_timeout_s=settings.pop("read_timeout_s", 1.0), **settings)


def with_login(url: str) -> str:
    return url.replace("http://", "http://viewer:secret@")


def test_pictures_come_as_the_camera_sends_them(camera) -> None:
    """Each frame is decoded; a new resolution is taken as it comes."""
    frames = read(camera.url)
    image = next(frames)
    assert image.shape == (180, 320, 3)
    assert image.mean() == pytest.approx(128, abs=2)
    camera.show(200, width=640, height=360)
    assert any(image.shape == (360, 640, 3) and image.mean() > 190 for image in frames)


def test_pictures_that_nobody_wants_are_not_decoded(camera) -> None:
    """A camera that sends more than asked for costs little."""
    turns = iter([False] * 5 + [True])
    next(read(camera.url, wants=lambda: next(turns)))
    assert next(turns, None) is None


def test_a_camera_that_stalls_is_given_up(camera) -> None:
    """An open connection without data ends after the read time-out."""
    frames = read(camera.url, read_timeout_s=0.3)
    next(frames)
    camera.mode = "stall"
    with pytest.raises(SourceError, match="lost http://127"):
        for _ in frames:
            pass


@pytest.mark.parametrize("mode", ["garbage", "broken"])
def test_data_without_whole_pictures_is_given_up(camera, mode: str) -> None:
    """Data that never make a picture are not waited for for ever."""
    camera.mode = mode
    with pytest.raises(SourceError, match=r"no whole picture|without a JPEG"):
        for _ in read(camera.url, read_timeout_s=0.3):
            pass


def test_a_camera_that_is_not_there_is_told(camera) -> None:
    """A closed port is a clear error."""
    camera.stop()
    with pytest.raises(SourceError, match="lost http://127"):
        next(read(camera.url))


def test_a_refusal_is_told_with_its_status(camera) -> None:
    """HTTP errors are passed on as such, and the camera does not count as open."""
    camera.mode = "refuse"
    opened = []
    with pytest.raises(SourceError, match="HTTP status 503"):
        next(read(camera.url, on_open=lambda: opened.append(True)))
    assert not opened


def test_a_page_instead_of_a_stream_is_told(camera) -> None:
    """The address of the camera's settings page is a common mistake."""
    camera.content_type = "text/html"
    with pytest.raises(SourceError, match="expected an MJPEG stream"):
        next(read(camera.url))


def test_basic_and_digest_logins_work(camera) -> None:
    """Cameras ask for one or the other; the address carries name and password."""
    basic = "Basic " + base64.b64encode(b"viewer:secret").decode()
    camera.login = lambda given: None if given == basic else 'Basic realm="camera"'
    assert next(read(with_login(camera.url))).shape == (180, 320, 3)
    challenge = 'Digest realm="camera", nonce="abc", qop="auth", algorithm=MD5'
    camera.login = lambda given: None if given and 'username="viewer"' in given and "response=" in given else challenge
    assert next(read(with_login(camera.url))).shape == (180, 320, 3)


def test_a_password_never_stands_in_a_message(camera) -> None:
    """Errors name the camera's address without its credentials."""
    camera.login = lambda _: 'Basic realm="camera"'
    with pytest.raises(SourceError, match="user name and password") as caught:
        next(read(with_login(camera.url)))
    assert "secret" not in str(caught.value)
