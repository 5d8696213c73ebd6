#!/bin/sh
# Installs the Debian packages that some tests use, where it may; else says which tests will be left out.
set -u
want=""
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || want="$want mosquitto"
command -v chromium >/dev/null 2>&1 || want="$want chromium"
command -v shellcheck >/dev/null 2>&1 || want="$want shellcheck"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want="$want postgresql"
can_serve='import gi; gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None); assert all(Gst.ElementFactory.find(name) for name in ("x264enc", "rtph264pay", "jpegenc"))'
command -v gst-launch-1.0 >/dev/null 2>&1 && /usr/bin/python3 -c "$can_serve" >/dev/null 2>&1 ||
    want="$want python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
[ -n "$want" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "smart-gate: installing for the tests:$want"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends $want >/tmp/smartgate-test-packages.log 2>&1; then
        exit 0
    fi
    echo "smart-gate: could not install$want; see /tmp/smartgate-test-packages.log" >&2
fi
cat >&2 <<TEXT
smart-gate: LEFT OUT, because these packages are missing:$want
  mosquitto: the tests against the production broker (the embedded broker is tested all the same)
  chromium:  the tests of the pages in a real browser
  postgresql: the tests of central on PostgreSQL (SQLite is tested all the same)
  shellcheck: the check of the install scripts
  gstreamer: the tests of cameras against a real RTSP server and real pipelines
  To run them: sudo apt install$want
TEXT
exit 0
