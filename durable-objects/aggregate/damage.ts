import { z } from 'zod'
import { streamSchema } from '../../shared/core/projection.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import type { Env } from '../env.ts'
import { forwarderOf } from '../forwarder/forwarders.ts'
import type { Meter } from './meter.ts'

/** How long a forwarder may take to say what it has seen (ms): commands do not wait for one that is down. */
const ANSWER_TIMEOUT_MS = 2 * SECOND
/** A creation under a generated id that is younger (ms) is of something new: nothing of it can have been lost. */
const FRESH_ID_AGE_MS = MINUTE
/** What the message of the fault begins with; a class would be lost on its way over RPC. */
const PREFIX = 'damaged: '

/** An aggregate whose storage is empty although a forwarder has seen its events up to a version. */
const damageSchema = streamSchema.extend({ lastSeenVersion: z.int().min(1) })
type Damage = z.infer<typeof damageSchema>

/** What the check needs of a journal; the id is `null` where there is no log. */
interface Emptiable {
  readonly aggregate: { readonly kind: string }
  readonly cache: { readonly id: string | null }
}

/**
 * Finds out whether an aggregate without a log is new or has lost its log. An object whose database was emptied looks
 * like a new one: it would answer "not found", or begin again at version 1, which its forwarder drops as a duplicate.
 * Only an empty object asks its forwarder, and once; a forwarder that does not answer holds nothing up.
 */
export class LostLogCheck {
  readonly #env: Env
  readonly #journal: Emptiable
  readonly #meter: Meter
  #isNew = false

  constructor(env: Env, journal: Emptiable, meter: Meter) {
    this.#env = env
    this.#journal = journal
    this.#meter = meter
  }

  /** @throws Error for an aggregate that has lost its log; see `damageOf` */
  async refuse(id: string): Promise<void> {
    if (this.#isNew || this.#journal.cache.id !== null) return
    const { kind } = this.#journal.aggregate
    this.#meter.rpcs += 1
    const asked = forwarderOf(this.#env, { kind, id }).lastSeenVersion({ kind, id })
    const lastSeenVersion = await withTimeLimit(
      asked,
      ANSWER_TIMEOUT_MS,
      'a look into the checkpoints',
    ).catch(() => 0)
    if (lastSeenVersion > 0)
      throw new Error(`${PREFIX}${JSON.stringify({ kind, id, lastSeenVersion } satisfies Damage)}`)
    this.#isNew = true
  }
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

/** The damaged aggregate that a fault names; `null` for every other fault. */
export function damageOf(fault: unknown): Damage | null {
  if (!(fault instanceof Error) || !fault.message.startsWith(PREFIX)) return null
  try {
    return damageSchema.parse(JSON.parse(fault.message.slice(PREFIX.length)))
  } catch {
    return null
  }
}
