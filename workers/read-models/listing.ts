import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { AggregateRpc } from '../../durable-objects/aggregate/protocol.ts'
import type { Env } from '../../durable-objects/env.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'

/** An aggregate, or the read database, that does not answer in time delays its batch no longer (ms). */
export const ANSWER_TIMEOUT_MS = 10 * SECOND

/**
 * An aggregate's entry in lists; see `AggregateRpc.listing`.
 *
 * @throws Error when its object does not answer in time
 */
export function listingOf(env: Env, { kind, id }: Stream): ReturnType<AggregateRpc<unknown>['listing']> {
  const listing = anyAggregateStub(env, kind, id).listing()
  return withTimeLimit(listing, ANSWER_TIMEOUT_MS, `the listing of ${kind} ${id}`)
}
