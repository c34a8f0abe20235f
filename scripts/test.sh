#!/bin/sh
# Runs all checks: `npx bun run test [flags of vitest]`. Types are checked beside the tests, by one thread: several
# threads check the same types several times, which costs more than it saves while the tests run.
set -u
biome check || exit 1
findings="$(mktemp)"
tsc --singleThreaded >"$findings" 2>&1 &
tsc=$!
trap 'kill "$tsc" 2>/dev/null; rm -f "$findings"; exit 130' INT TERM
vitest run "$@"
tests=$?
wait "$tsc"
types=$?
cat "$findings"
rm -f "$findings"
[ "$types" -eq 0 ] && [ "$tests" -eq 0 ]
