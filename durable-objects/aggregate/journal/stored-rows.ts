import { z } from 'zod'
import { type Trace, traceSchema } from '../../../shared/core/cloud-event.ts'
import { asynchronousEffectSchema } from '../../../shared/core/effect.ts'
import { refusalSchema } from '../../../shared/core/refusal.ts'
import type { Instant } from '../../../shared/core/time.ts'

// Rows are checked as they come out of SQLite: an older release may have written them.

const json = z.string().transform((text): unknown => JSON.parse(text))
const flag = z.int().transform((value) => value === 1)

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
  data: json,
  correlation: z.string(),
  causation: z.string().nullable(),
  traceparent: z.string().nullable(),
  /** Tables of earlier releases have no such column until it is needed. */
  tracestate: z.string().nullish(),
})

export const timerRow = z.object({
  id: z.string(),
  at: z.string(),
  command: json,
  cause: z.string().nullish(),
})

/** How far each follower of the log has come, and when unconfirmed events are sent again (Unix ms). */
export interface Cursors {
  /** Handed to the queue. Stored with a confirmation, or where one is late: a life may not know that it was sent. */
  readonly sent: number
  /** Confirmed by the consumer: a forwarder has recorded them. */
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

export const commandRecordSchema = z.object({
  fingerprint: z.string().nullable(),
  first: z.int(),
  last: z.int(),
  refusal: json.pipe(refusalSchema).nullable(),
  /** The version that a waiting caller was answered with. */
  answered: z.int().nullable(),
})
/** What is stored of a command: enough to give the same answer again. `first` > `last`: no events. */
export type CommandRecord = Readonly<z.output<typeof commandRecordSchema>>

export const failedEffectSchema = z.object({
  id: z.string(),
  version: z.int(),
  effect: json.pipe(asynchronousEffectSchema),
  trace: json.pipe(traceSchema),
  attempts: z.int(),
  /** When it is tried next; of a parked effect: when it was parked. */
  nextAt: z.string(),
  parked: flag,
  /** Whether it is in the register of parked effects and in the error stream. */
  reported: flag,
  error: z.string(),
})
/** An effect that failed, until it succeeds. */
export type FailedEffect = Readonly<z.output<typeof failedEffectSchema>>

export const snapshotSchema = z.object({
  version: z.int(),
  stateVersion: z.int(),
  /** JSON text. */
  state: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
})
