#!/bin/sh
# Installs Redmine 5 with SQLite and Puma from Debian's packages, without questions. Needs root; does nothing when all
# is there. What it leaves for the tests: the empty, migrated database, readable by everybody (it holds no secrets).
set -eu

template=/var/lib/redmine/syncd-template.sqlite3
packaged=/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default

if [ -r "$template" ] && dpkg-query -W -f '${db:Status-Status}' redmine 2>/dev/null | grep -qx installed; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Redmine is not installed, and only root can install it: sudo $0" >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=3 update -q
apt-get install -q -y --no-install-recommends debconf
debconf-set-selections <<SELECTIONS
redmine redmine/instances/default/dbconfig-install boolean true
redmine redmine/instances/default/database-type select sqlite3
redmine redmine/default-language select en
SELECTIONS
# Ruby brings a Bundler of its own, which takes gems of Debian's packages for missing; ruby-bundler knows them.
BUNDLER_VERSION=$(apt-cache policy ruby-bundler | sed -n 's/^ *Candidate: \([0-9.]*\)-.*/\1/p')
export BUNDLER_VERSION
# Recommended packages would bring Apache and Passenger.
apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends redmine redmine-sqlite puma
dpkg --configure -a
install -m 0644 "$packaged" "$template"
