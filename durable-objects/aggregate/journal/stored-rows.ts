import { z } from 'zod'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { AsynchronousEffect } from '../../../shared/core/effect.ts'
import type { Refusal } from '../../../shared/core/refusal.ts'
import type { Instant } from '../../../shared/core/time.ts'

// Rows as they come out of SQLite, checked because an older release may have written them.

export const streamRow = z.object({
  kind: z.string(),
  id: z.string(),
  sent: z.int(),
  published: z.int(),
  reacted: z.int(),
  resends: z.int(),
  resend_at: z.number().nullable(),
  /** Tables of earlier releases have no such column until it is needed. */
  shard: z.int().nullish(),
})
export const eventRow = z.object({
  version: z.int(),
  type: z.string(),
  schema: z.int(),
  time: z.string(),
  data: z.string(),
  correlation: z.string(),
  causation: z.string().nullable(),
  traceparent: z.string().nullable(),
  /** Tables of before have no such column until it is needed. */
  tracestate: z.string().nullish(),
})
export const commandRow = z.object({
  fingerprint: z.string().nullable(),
  first: z.int(),
  last: z.int(),
  refusal: z.string().nullable(),
  answered: z.int().nullable(),
})
export const effectRow = z.object({
  id: z.string(),
  version: z.int(),
  effect: z.string(),
  trace: z.string(),
  attempts: z.int(),
  next_at: z.string(),
  parked: z.int(),
  reported: z.int(),
  error: z.string(),
})
export const snapshotRow = z.object({
  version: z.int(),
  state_version: z.int(),
  state: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
})

/** How far each follower of the log has come, and when unconfirmed events are sent again (Unix ms). */
export interface Cursors {
  /** Handed to the queue. */
  readonly sent: number
  /** Confirmed by the consumer: the sink has them. */
  readonly published: number
  /** All effects done, or on record for a retry. */
  readonly reacted: number
  readonly resends: number
  readonly resendAt: number | null
}

/** An event as it is stored and read back: in the newest shape, whatever shape it was written in. */
export interface StoredEvent {
  readonly version: number
  readonly type: string
  readonly data: unknown
  readonly time: Instant
  readonly trace: Trace
}

/** What is kept of a command: enough to give the same answer again. `first` > `last`: no events. */
export interface CommandRecord {
  readonly fingerprint: string | null
  readonly first: number
  readonly last: number
  readonly refusal: Refusal | null
  /** The version that a waiting caller was answered with. */
  readonly answered: number | null
}

/** An effect that failed, until it succeeds or an operator lets it. */
export interface FailedEffect {
  readonly id: string
  readonly version: number
  readonly effect: AsynchronousEffect
  readonly trace: Trace
  readonly attempts: number
  readonly nextAt: Instant
  readonly parked: boolean
  /** Whether the register of parked effects and the error stream know of it. */
  readonly reported: boolean
  readonly error: string
}

export interface Snapshot {
  readonly version: number
  readonly stateVersion: number
  /** JSON text. */
  readonly state: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
}
