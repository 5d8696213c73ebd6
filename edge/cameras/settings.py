"""Settings of a lane camera."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.region import CameraRegion
from contract.vocabulary import Slug  # not from contract.messages: every capture process would build all of them

Seconds = Annotated[float, Field(gt=0)]
_LOGIN = re.compile(r"(?<=://)(?:[^/\s]+@|[^/\s:]+:(?!\d+/)[^\s\"']*@)")
"""Also with a password whose slash should have been written as %2F; `host:554/a@b` is none."""
_PASSWORD = re.compile(r"""(?i)((?:pass(?:word|wd)?|pwd|pw|token)=)(?:"[^"]*"|'[^']*'|[^&\s]+)""")


def without_credentials(source: str) -> str:
    """An address without user name and password, wherever cameras want them: fit for logs and messages."""
    return _PASSWORD.sub(r"\1***", _LOGIN.sub("", source))


class CameraSettings(BaseModel):
    """One camera: where its frames come from, and how long to wait for them."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: Slug
    """Name of the camera, unique at its node."""
    lane: Slug
    """The lane it looks at."""
    source: Annotated[str, Field(min_length=1, repr=False)]
    """`rtsp://…`, `http(s)://…` (MJPEG, or a video file), `/dev/video0`, a video file, a folder of pictures,
    `picamera2:`, or
    `gst:PIPELINE` (GStreamer, without its sink)."""
    view: Literal["front", "rear"] = "front"
    """`front` sees vehicles come; `rear` sees the back of those that went through."""
    max_fps: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Frames a second that are handed on at most."""
    open_timeout_s: Seconds = 5.0
    """How long opening the source may take."""
    read_timeout_s: Seconds = 5.0
    """How long one frame may take."""
    stale_after_s: Seconds = 10.0
    """Age of the newest frame at which the capture process is ended and started again."""
    realtime: bool = True
    """A video file plays at its own speed; false reads it as fast as possible."""
    width: Annotated[int, Field(ge=160, le=7680)] = 1280
    """Width asked of cameras that can choose (V4L2, picamera2, GStreamer)."""
    height: Annotated[int, Field(ge=120, le=4320)] = 720
    """Height asked of cameras that can choose."""
    region: CameraRegion | None = None
    """The lane in its picture."""

    @property
    def public_source(self) -> str:
        """The source without user name and password: fit for logs and messages."""
        return without_credentials(self.source)
