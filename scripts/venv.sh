#!/bin/sh
# venv.sh FOLDER REQUIREMENTS [PIP OPTION ...]: a virtual environment with the pinned packages.
# Where it cannot be made, it says what to do.
set -eu
folder=$1 requirements=$2
shift 2

good() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
python=
for name in python3.11 python3.12 python3.13 python3; do
    if good "$name"; then python=$name; break; fi
done
if [ -z "$python" ]; then
    echo "Unrolled needs Python 3.11 or newer; none was found as python3.11 or python3." >&2
    exit 1
fi

if ! [ -x "$folder/bin/python" ] || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "Installing python3-venv ..."
            apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        else
            echo "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    echo "Making $folder with $("$python" --version) ..."
    "$python" -m venv --clear "$folder"
fi

echo "Installing the packages of $requirements into $folder (once; some minutes) ..."
"$folder/bin/python" -m pip install -qq --disable-pip-version-check "$@" -r "$requirements"
