"""An RTSP camera of Debian's GStreamer, for the tests: run by the system's Python, told what to do line by line.

    /usr/bin/python3 rtsp_server.py PORT

It says `ready PORT` when it listens (port 0 takes a free one), and `done` after each order. It hears `show GREY`, `size WIDTH HEIGHT` and
`login NAME PASSWORD`, and ends with its standard input. 20 frames a second: /lane in H.264 with a key frame twice a
second, /jpeg in MJPEG.
"""

from __future__ import annotations

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

FPS = 20
ACCESS = GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS
CONSTRUCT = GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT
SOURCE = "appsrc name=source is-live=true do-timestamp=true format=time"
STREAMS = {
    "/lane": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 threads=1 ! rtph264pay config-interval=-1",
    "/jpeg": "jpegenc ! rtpjpegpay",
}


class Camera:
    """What the camera shows, and the encoder of the stream that is being sent."""

    def __init__(self, server: GstRtspServer.RTSPServer) -> None:
        self._server = server
        self._sources: list[Gst.Element] = []
        self._grey, self._width, self._height = 128, 320, 240
        self._factories = []
        for path, encoder in STREAMS.items():
            factory = GstRtspServer.RTSPMediaFactory()
            factory.set_launch(f"( {SOURCE} ! {encoder} name=pay0 )")
            factory.connect("media-configure", self._encode)
            server.get_mount_points().add_factory(path, factory)
            self._factories.append(factory)
        GLib.timeout_add(1000 // FPS, self._push)

    def obey(self, line: str) -> None:
        """Do what a line says."""
        word, *given = line.split()
        if word == "show":
            self._grey = int(given[0])
        elif word == "size":
            self._width, self._height = int(given[0]), int(given[1])
        elif word == "login":
            self._ask_for(*given)
        print("done", flush=True)

    def _ask_for(self, name: str, password: str) -> None:
        token = GstRtspServer.RTSPToken()
        token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
        auth = GstRtspServer.RTSPAuth()
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
        self._server.set_auth(auth)
        rights = ("viewer", *(f"{right}=(boolean)true" for right in (ACCESS, CONSTRUCT)))
        for factory in self._factories:
            factory.add_role_from_structure(Gst.Structure.from_string(", ".join(rights))[0])

    def _encode(self, _: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_by_name("source")
        self._sources.append(source)
        media.connect("unprepared", lambda _: self._sources.remove(source))

    def _push(self) -> bool:
        width, height = self._width, self._height
        shape = f"video/x-raw,format=I420,width={width},height={height},framerate={FPS}/1"
        picture = bytes([self._grey]) * (width * height) + bytes([128]) * (width * height // 2)
        for source in self._sources:
            sample = Gst.Sample.new(Gst.Buffer.new_wrapped(picture), Gst.Caps.from_string(shape), None, None)
            source.emit("push-sample", sample)
        return True


def main() -> None:
    """Serve until the standard input ends."""
    Gst.init(None)
    loop = GLib.MainLoop()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    camera = Camera(server)
    server.attach(None)

    def listen() -> None:
        for line in sys.stdin:
            GLib.idle_add(camera.obey, line)
        loop.quit()

    threading.Thread(target=listen, daemon=True).start()
    print("ready", server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
