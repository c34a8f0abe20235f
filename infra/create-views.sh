#!/bin/sh
# Makes the views of analytics/ in Athena: raw_events first, which the stack keeps as a named query, then the
# rest in the order of their numbers, since each reads those before it. Run again, it replaces them.
#
#   sh infra/create-views.sh [name of the stack]
#
# Needs the command `aws` (version 2) with the rights of whoever made the stack. Ends with 1 at the first view
# that Athena does not take, with Athena's words.
set -eu
cd "$(dirname "$0")/.."
stack=${1:-petrel}

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

database=$(output DatabaseName)
workgroup=$(output WorkGroupName)

# create <name> <statement, or file://…>; waits at most a minute.
create() {
  id=$(aws athena start-query-execution --work-group "$workgroup" --query-execution-context "Database=$database" \
    --query-string "$2" --query QueryExecutionId --output text)
  state=QUEUED
  tries=0
  while [ "$state" = QUEUED ] || [ "$state" = RUNNING ]; do
    [ $tries -lt 60 ] || { echo "$1: Athena has not answered for a minute (query $id)" >&2; exit 1; }
    tries=$((tries + 1))
    sleep 1
    state=$(aws athena get-query-execution --query-execution-id "$id" --query QueryExecution.Status.State --output text)
  done
  if [ "$state" != SUCCEEDED ]; then
    reason=$(aws athena get-query-execution --query-execution-id "$id" --output text \
      --query QueryExecution.Status.StateChangeReason)
    echo "$1: $state. $reason" >&2
    exit 1
  fi
  echo "$1"
}

create raw_events "$(aws athena get-named-query --named-query-id "$(output RawEventsQuery)" \
  --query NamedQuery.QueryString --output text)"
for file in analytics/[0-9]*_*.sql; do
  name=$(basename "$file" .sql)
  create "${name#*_}" "file://$file"
done
