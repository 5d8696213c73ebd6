#!/bin/sh
# Installs a node from the lock file in a Debian 12 root for arm64 under emulation, and lets it read made-up plates.
# Needs root, debootstrap and qemu-user-static, `make env` in this checkout (its environment draws the plates), 1.5 GB
# under WORK, and up to an hour. What is tried is the last commit, not the working tree.
# Usage: hardware/arm64_trial.sh [WORK]      default WORK: /var/tmp/smartgate-arm64; delete it to begin anew
set -eu

SOURCE=$(cd "$(dirname "$0")/.." && pwd)
WORK=${1:-/var/tmp/smartgate-arm64}
ROOT=$WORK/root
BINFMT=/proc/sys/fs/binfmt_misc

[ "$(id -u)" = 0 ] || { echo "arm64_trial: run it as root; debootstrap and chroot need that" >&2; exit 1; }
for tool in debootstrap qemu-aarch64-static; do
    command -v "$tool" >/dev/null || { echo "arm64_trial: $tool is missing: apt install debootstrap qemu-user-static" >&2; exit 1; }
done
if [ "$(uname -m)" != aarch64 ] && [ ! -e $BINFMT/qemu-aarch64 ]; then
    [ -e $BINFMT/register ] || mount -t binfmt_misc binfmt_misc $BINFMT
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >$BINFMT/register
fi

told() { # a command as the reader of the transcript sees it, then its output and the time it took
    printf '\n$ %s\n' "$*"
    began=$(date +%s)
    status=0
    chroot "$ROOT" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 COLUMNS=120 PIP_ROOT_USER_ACTION=ignore \
        sh -c "cd /opt/smartgate && $*" 2>&1 || status=$?
    printf '(status %s, %s s)\n' "$status" "$(($(date +%s) - began))"
}

state() { # one number for names, owners, modes, times and contents of what the installer may touch
    (cd "$ROOT" && find etc usr/local opt/smartgate var/lib/smartgate -printf '%p %y %m %U:%G %T@ %l ' \
        \( -type f -exec sha256sum {} \; -o -printf '\n' \) | sort) | sha256sum | cut -c 1-16
}

mkdir -p "$WORK"
if [ ! -e "$ROOT/.complete" ]; then
    debootstrap --arch=arm64 --variant=minbase --include=systemd,ca-certificates bookworm "$ROOT"
    touch "$ROOT/.complete"
fi
# Behind a proxy that signs with its own authority the root needs the same certificates as this machine.
cp /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/"
cp /etc/resolv.conf /etc/hosts "$ROOT/etc/"
# Not /sys: there onnxruntime would find the processors of this machine, take them for Arm's and crash.
mountpoint -q "$ROOT/proc" || mount -t proc proc "$ROOT/proc"
mountpoint -q "$ROOT/dev" || mount --bind /dev "$ROOT/dev"
trap 'umount "$ROOT/proc" "$ROOT/dev"' EXIT

mkdir -p "$ROOT/opt/smartgate" "$ROOT/opt/pictures"
git -C "$SOURCE" archive HEAD | tar -x -C "$ROOT/opt/smartgate"

cd "$SOURCE"
.venv/bin/python - "$ROOT/opt/pictures" <<'END'
import sys
from pathlib import Path

import cv2

from bench.scenes import FREIGHT, View, make_vehicle, photograph, rng_for

for number, plate_class in enumerate(FREIGHT):
    rng = rng_for("arm64", number)
    vehicle = make_vehicle(plate_class, rng)
    scene = photograph(vehicle, View(width_px=150, light="day"), rng)
    cv2.imwrite(str(Path(sys.argv[1], f"{vehicle.design.text}.png")), scene.image)
END
export COLUMNS=120
printf '\nThe same pictures on this machine (%s):\n' "$(uname -m)"
.venv/bin/smartgate read "$ROOT"/opt/pictures/*.png | sed "s#$ROOT##"

# shellcheck disable=SC2016 # expanded inside the root
told 'uname -m; . /etc/os-release; echo $PRETTY_NAME'
told 'hardware/install.sh'
printf '\n/etc, /usr/local, /opt/smartgate, /var/lib/smartgate: %s\n' "$(state)"
told 'hardware/install.sh'
printf '\n/etc, /usr/local, /opt/smartgate, /var/lib/smartgate: %s\n' "$(state)"
told '.venv/bin/python -m pip list --format=freeze | wc -l'
told '.venv/bin/smartgate read /opt/pictures/*.png'
told '.venv/bin/smartgate edge check --config hardware/node.example.toml'
told '.venv/bin/smartgate doctor'
told 'hardware/install.sh --extra pi --extra modbus'
told '.venv/bin/python -c "import gpiozero, lgpio, pymodbus; print(lgpio.get_module_version(), pymodbus.__version__)"'
