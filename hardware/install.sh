#!/bin/sh
# Makes a node out of a Raspberry Pi, a Jetson or any Debian 12 machine. Safe to run again: what is right already is left
# alone, and the last line says how much was changed. Invents no secret, starts nothing. See install.md.
#
#   sudo hardware/install.sh [--dry-run] [--extra pi] [--extra modbus]
#
# --dry-run   say what would be done and do nothing (needs no root)
# --extra     packages beside those of the edge: pi (relays and inputs on pins), modbus (Modbus boxes)
# PYTHON=python3.11 in front of it uses that one, where the system's own is older than 3.11 (JetPack 6)
set -eu

HOME_DIR=/opt/smartgate
CONFIG_DIR=/etc/smartgate
DATA_DIR=/var/lib/smartgate
ACCOUNT=smartgate
UNIT=smartgate-edge.service
PYTHON=${PYTHON:-python3}
SOURCE=$(cd "$(dirname "$0")/.." && pwd)
VENV=$HOME_DIR/.venv
STAMP=$VENV/.installed
DRY=no
EXTRAS=edge
CHANGES=0

say() { printf '%s\n' "$*"; }
fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

change() { # change WHAT COMMAND...: tell what is done, and do it unless this is a dry run
    CHANGES=$((CHANGES + 1))
    if [ $DRY = yes ]; then
        say "would: $1"
        return
    fi
    say "does:  $1"
    shift
    "$@"
}

right() { say "right: $1"; }

check_machine() {
    [ "$SOURCE" = $HOME_DIR ] || [ $DRY = yes ] ||
        fail "this checkout is in $SOURCE, expected $HOME_DIR: the service runs from there. Move or clone it to $HOME_DIR"
    [ $DRY = yes ] || [ "$(id -u)" = 0 ] || fail "run it as root: sudo $0"
    command -v apt-get >/dev/null || fail "apt-get is missing; expected Debian 12 or newer, Raspberry Pi OS or JetPack 6"
    case $(uname -m) in
    aarch64 | x86_64) ;;
    *) fail "this is $(uname -m), expected aarch64 or x86_64: install the 64-bit system" ;;
    esac
}

packages() {
    missing=
    for name in "$PYTHON" "$PYTHON-venv" ca-certificates adduser; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing="$missing $name"
    done
    if [ -n "$missing" ]; then
        change "install Debian packages:$missing" apt_install "$missing"
    else
        right "Debian packages"
    fi
    [ $DRY = yes ] || "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, found $("$PYTHON" --version). JetPack 6 has 3.10: see install.md, section Jetson"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    apt-get install -y -qq --no-install-recommends $1 >/dev/null
}

account() {
    if id $ACCOUNT >/dev/null 2>&1; then
        right "user $ACCOUNT"
    else
        change "make the system user $ACCOUNT, who cannot log in" \
            adduser --system --quiet --group --home $DATA_DIR --no-create-home --shell /usr/sbin/nologin $ACCOUNT
    fi
    for group in video gpio dialout; do # cameras, pins, serial lines; a machine has those that it has
        getent group $group >/dev/null || continue
        if id -nG $ACCOUNT 2>/dev/null | tr ' ' '\n' | grep -qx $group; then
            right "user $ACCOUNT in group $group"
        else
            change "put user $ACCOUNT into group $group" usermod --append --groups $group $ACCOUNT
        fi
    done
}

folder() { # folder PATH OWNER MODE
    if [ "$(stat -c '%U:%G %a' "$1" 2>/dev/null)" = "$2 $3" ]; then
        right "folder $1"
    else
        change "make folder $1 ($2, $3)" make_folder "$@"
    fi
}

make_folder() {
    mkdir -p "$1"
    chown "$2" "$1"
    chmod "$3" "$1"
}

environment() {
    wanted=$(cat "$SOURCE/requirements.lock" "$SOURCE/pyproject.toml" | sha256sum | cut -d ' ' -f 1)" $EXTRAS $("$PYTHON" --version 2>&1 || true)"
    if [ "$(cat $STAMP 2>/dev/null)" = "$wanted" ]; then
        right "environment $VENV ($EXTRAS)"
    else
        change "fill the environment $VENV from requirements.lock ($EXTRAS); every hash is checked" fill_environment "$wanted"
    fi
}

fill_environment() {
    [ -x $VENV/bin/python ] || "$PYTHON" -m venv $VENV
    options=
    for extra in $EXTRAS; do options="$options --extra $extra"; done
    # shellcheck disable=SC2086 # a list of options
    $VENV/bin/python "$SOURCE/hardware/install_locked.py" $options
    $VENV/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable "$SOURCE"
    $VENV/bin/python -m compileall -q "$SOURCE/contract" "$SOURCE/edge" "$SOURCE/cli" # the service may not write there
    printf '%s\n' "$1" >$STAMP
}

command_link() {
    if [ "$(readlink /usr/local/bin/smartgate 2>/dev/null)" = $VENV/bin/smartgate ]; then
        right "command smartgate"
    else
        change "link /usr/local/bin/smartgate" ln -sfn $VENV/bin/smartgate /usr/local/bin/smartgate
    fi
}

configuration() {
    if [ -e $CONFIG_DIR/node.toml ]; then
        right "configuration $CONFIG_DIR/node.toml (yours; never overwritten)"
    else
        change "put the example as $CONFIG_DIR/node.toml; it must be edited" \
            install -o root -g $ACCOUNT -m 640 "$SOURCE/hardware/node.example.toml" $CONFIG_DIR/node.toml
    fi
}

service() {
    if cmp -s "$SOURCE/hardware/systemd/$UNIT" /etc/systemd/system/$UNIT; then
        right "service $UNIT"
    else
        change "install service $UNIT" install_unit
    fi
    if [ -L /etc/systemd/system/multi-user.target.wants/$UNIT ]; then
        right "service $UNIT starts with the machine"
    else
        change "let $UNIT start with the machine" systemctl --quiet enable $UNIT
    fi
}

install_unit() {
    install -D -m 644 "$SOURCE/hardware/systemd/$UNIT" /etc/systemd/system/$UNIT
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) DRY=yes ;;
    --extra)
        [ $# -ge 2 ] || fail "--extra needs a name: pi or modbus"
        case $2 in
        pi | modbus) EXTRAS="$EXTRAS $2" ;;
        *) fail "--extra: expected pi or modbus, got $2" ;;
        esac
        shift
        ;;
    *) fail "expected --dry-run or --extra NAME, got $1" ;;
    esac
    shift
done

check_machine
packages
account
folder $CONFIG_DIR root:$ACCOUNT 750
folder $DATA_DIR $ACCOUNT:$ACCOUNT 700
environment
command_link
configuration
service

say
if [ $CHANGES = 0 ]; then
    say "0 changes: this node is installed."
elif [ $DRY = yes ]; then
    say "$CHANGES changes would be made; nothing was done."
else
    say "$CHANGES changes made. Next: edit $CONFIG_DIR/node.toml, put the broker's password into the file it names, then"
    say "  sudo -u $ACCOUNT smartgate edge check --config $CONFIG_DIR/node.toml"
    say "  sudo systemctl restart $UNIT"
fi
