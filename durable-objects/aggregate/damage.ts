import { z } from 'zod'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import type { Env } from '../env.ts'
import { forwarderOf } from '../forwarder/forwarders.ts'

/** How long a forwarder may take to answer (ms): commands do not wait for one that is down. */
const ANSWER_TIMEOUT_MS = 2 * SECOND
/** A generated id that is younger (ms) belongs to a new aggregate, which has nothing to lose. */
const FRESH_ID_AGE_MS = MINUTE
/** The prefix of the fault's message; RPC does not preserve an error's class. */
const PREFIX = 'damaged: '

/** An aggregate whose storage is empty although a forwarder has seen its events up to a version. */
const damageSchema = streamSchema.extend({ lastSeenVersion: z.int().min(1) })
type Damage = z.infer<typeof damageSchema>

/**
 * Throws for an aggregate that has lost its log. An object whose database was emptied looks like a new one: it would
 * answer "not found", or start again at version 1, which its forwarder drops as a duplicate. A forwarder that does not
 * answer in time does not block commands.
 *
 * @throws Error for a lost log; see `damageOf`
 */
export async function refuseLostLog(env: Env, { kind, id }: Stream): Promise<void> {
  const lookup = forwarderOf(env, { kind, id }).lastSeenVersion({ kind, id })
  const lastSeenVersion = await withTimeLimit(lookup, ANSWER_TIMEOUT_MS, 'the checkpoint').catch(() => 0)
  if (lastSeenVersion > 0)
    throw new Error(`${PREFIX}${JSON.stringify({ kind, id, lastSeenVersion } satisfies Damage)}`)
}

/** Whether an id was generated a moment ago: a UUIDv7 (RFC 9562) begins with its time. */
export function isFreshId(id: string, now: number): boolean {
  const [, high = '', low = ''] = /^[a-z]{3}_([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(id) ?? []
  return Math.abs(now - Number.parseInt(`${high}${low}`, 16)) < FRESH_ID_AGE_MS
}

/** The damaged aggregate that a fault describes; `null` for every other fault. */
export function damageOf(fault: unknown): Damage | null {
  if (!(fault instanceof Error) || !fault.message.startsWith(PREFIX)) return null
  try {
    return damageSchema.parse(JSON.parse(fault.message.slice(PREFIX.length)))
  } catch {
    return null
  }
}
