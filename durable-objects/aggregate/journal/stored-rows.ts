import { z } from 'zod'
import { type Trace, traceSchema } from '../../../shared/core/cloud-event.ts'
import { asynchronousEffectSchema, timerSchema } from '../../../shared/core/effect.ts'
import { refusalSchema } from '../../../shared/core/refusal.ts'
import type { Instant } from '../../../shared/core/time.ts'

export const json = z.string().transform((text): unknown => JSON.parse(text))
const flag = z.int().transform((value) => value === 1)

export const cursorsSchema = z.object({
  /** Handed to the queue. Stored with a confirmation, or where one is late: a life may not know that it was sent. */
  sent: z.int(),
  /** Confirmed by the consumer: a forwarder has recorded them. */
  published: z.int(),
  /** All effects done, or on record for a retry. */
  reacted: z.int(),
  resends: z.int(),
  resendAt: z.number().nullable(),
})
/** How far each follower of the log has come, and when unconfirmed events are sent again (Unix ms). */
export type Cursors = Readonly<z.output<typeof cursorsSchema>>

/** What an object stores of itself beside its commits. It is written anew whenever a part of it changes. */
export const headSchema = z.object({
  /** See `LAYOUT`. */
  layout: z.int(),
  kind: z.string(),
  id: z.string(),
  /** The number of its forwarder; `null` until it is chosen. */
  shard: z.int().nullable(),
  cursors: cursorsSchema,
  /** The log of an earlier release may hold any text as a time. */
  timers: z.array(timerSchema.extend({ at: z.string() })),
})
export type Head = Readonly<z.output<typeof headSchema>>

/** What is stored of a command: with its events, enough to give the same answer again. */
export const commandSchema = z.object({
  fingerprint: z.string().nullable(),
  refusal: refusalSchema.nullable(),
  /** The version that a waiting caller was answered with. */
  answered: z.int().nullable(),
})

/** The record of a command without events: of a refusal, or of one that changed nothing. */
export const emptyCommitSchema = z.object({
  at: z.string(),
  command: commandSchema,
  /** The version at which it was decided. */
  version: z.int(),
})
export type EmptyCommit = Readonly<z.output<typeof emptyCommitSchema>>

/** One commit: its events, whose last version is the row's, and what all of them share. */
export const commitSchema = z.object({
  at: z.string(),
  trace: traceSchema,
  /** `null` where nobody can ask for the same answer again: a timer's command. */
  command: commandSchema.nullable(),
  events: z.array(z.object({ type: z.string(), schema: z.int(), data: z.unknown() })),
})
export type Commit = Readonly<z.output<typeof commitSchema>>

/** An event as it is stored and read back: in the newest shape, whatever shape it was written in. */
export interface StoredEvent {
  readonly version: number
  readonly type: string
  readonly data: unknown
  readonly time: Instant
  readonly trace: Trace
}

/** The record of a command. `first` > `last`: no events. */
export type CommandRecord = Readonly<z.output<typeof commandSchema>> & {
  readonly first: number
  readonly last: number
}

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
