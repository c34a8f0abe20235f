import { z } from 'zod'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import type { Env } from '../env.ts'
import { forwarderOf } from '../forwarder/forwarders.ts'

/** How long a forwarder may take to say what it has seen (ms): commands do not wait for one that is down. */
const ANSWER_TIMEOUT_MS = 2 * SECOND
/** A creation under a generated id that is younger (ms) is of something new: nothing of it can have been lost. */
const FRESH_ID_AGE_MS = MINUTE
/** What the message of the fault begins with; a class would be lost on its way over RPC. */
const PREFIX = 'damaged: '

/** An aggregate whose storage is empty although a forwarder has seen its events up to a version. */
export const damageSchema = streamSchema.extend({ lastSeenVersion: z.int().min(1) })
export type Damage = z.infer<typeof damageSchema>

/**
 * Asks the forwarder of an aggregate without a log whether it really is new. An object whose file was emptied looks
 * like one that never was: answered as such it would be "not found", or begin at version 1 behind the forwarder's
 * back, which drops all that it believes to have. A forwarder that does not answer holds nothing up.
 *
 * @throws Error for an aggregate that has lost its log; see `damageOf`
 */
export async function refuseLostLog(env: Env, { kind, id }: Stream): Promise<void> {
  const asking = forwarderOf(env, { kind, id }).lastSeenVersion({ kind, id })
  const lastSeenVersion = await withTimeLimit(asking, ANSWER_TIMEOUT_MS, 'a look into a ledger').catch(
    () => 0,
  )
  if (lastSeenVersion > 0)
    throw new Error(`${PREFIX}${JSON.stringify({ kind, id, lastSeenVersion } satisfies Damage)}`)
}

/** Whether an id says of itself that it was generated a moment ago: a UUIDv7 (RFC 9562) begins with its time. */
export function isFreshId(id: string, now: number): boolean {
  const [, high, low] = /^[a-z]{3}_([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(id) ?? []
  return (
    high !== undefined &&
    low !== undefined &&
    Math.abs(now - Number.parseInt(high + low, 16)) < FRESH_ID_AGE_MS
  )
}

/** What a fault tells of a damaged aggregate; `null` for every other fault. */
export function damageOf(fault: unknown): Damage | null {
  if (!(fault instanceof Error) || !fault.message.startsWith(PREFIX)) return null
  try {
    return damageSchema.parse(JSON.parse(fault.message.slice(PREFIX.length)))
  } catch {
    return null
  }
}
