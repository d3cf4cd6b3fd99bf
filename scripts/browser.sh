#!/bin/sh
# browser.sh PYTHON: a Chromium and a Chinese font for the browser tests and the screenshots, if there is none yet.
set -eu
python=$1

found() { "$python" -c 'import sys; from scripts.chromium import usable; sys.exit(not usable())'; }
chinese() { [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
    packages=
    found || packages="chromium"
    chinese || packages="$packages fonts-noto-cjk"
    if [ -n "$packages" ]; then
        echo "Installing $packages ..."
        as_root apt-get update -qq
        # shellcheck disable=SC2086
        as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
    fi
fi
if ! found; then
    echo "Installing Playwright's Chromium ..."
    "$python" -m playwright install chromium
fi
if ! found; then
    echo "No Chromium could be started. Install one, for example: sudo apt-get install chromium" >&2
    exit 1
fi
