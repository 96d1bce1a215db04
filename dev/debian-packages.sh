#!/bin/sh
# Sees to it that Debian packages are there: installs those that are missing as root, else says how to.
# usage: debian-packages.sh WHAT_NEEDS_THEM PACKAGE...
set -eu
need=$1
shift

command -v dpkg-query >/dev/null || exit 0 # not Debian: the command that needs a package will name it
missing=
for package; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "error: $need needs Debian packages that are missing. Install them and try again:" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "-> Installing Debian packages for $need:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086  # a list of words
apt-get -qq install --yes --no-install-recommends $missing >/dev/null
