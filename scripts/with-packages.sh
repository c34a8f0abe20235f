#!/bin/sh
# Puts the packages of bun.lock in place where they are missing or of another bun.lock, then runs the
# command that it was given. Every script of package.json goes through here, so that a fresh clone
# needs no first step. Only sh and bun are counted on: node_modules brings the right Node.
set -eu
cd "$(dirname "$0")/.."

if ! cmp -s bun.lock node_modules/.installed-lock; then
  echo 'Installing packages (once per bun.lock) …' >&2
  # Started by its full path, bun need not be on the PATH; it then says where it is.
  bun=bun
  command -v bun >/dev/null || bun="${npm_execpath:-bun}"
  "$bun" install --frozen-lockfile --silent >&2
  cp bun.lock node_modules/.installed-lock
fi

[ $# -eq 0 ] || exec "$@"
