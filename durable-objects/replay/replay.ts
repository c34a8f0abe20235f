import { z } from 'zod'
import { streamSchema } from '../../shared/core/projection.ts'
import { instantSchema } from '../../shared/core/time.ts'

/** At most so many aggregates are named in one replay. */
export const MAX_NAMED = 1_000

/** What is to be sent once more: named aggregates, or all of some kinds, or all there are. Times are UTC. */
export const replayRequestSchema = z.object({
  id: z.string().min(1).max(100),
  streams: z.array(streamSchema).min(1).max(MAX_NAMED).optional(),
  kinds: z.array(z.string()).min(1).optional(),
  /** As the client named it; its kinds stand in `kinds`. */
  context: z.string().optional(),
  /** Only events of this time on (inclusive), and before this time (exclusive). */
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  /** Another topic, delivery stream or folder of the lake than the sink's own. */
  target: z.string().optional(),
  /** Only counts. */
  dryRun: z.boolean(),
})
export type ReplayRequest = z.infer<typeof replayRequestSchema>

export const replayStatuses = ['counting', 'running', 'finished', 'cancelled'] as const

/** What was gone through: aggregates that have such events, and the events. */
const amountSchema = z.object({ aggregates: z.int().min(0), events: z.int().min(0) })

/** How far a replay has come. Times are UTC. */
export const replayProgressSchema = z.object({
  status: z.enum(replayStatuses),
  /** So far, while it counts. */
  counted: amountSchema,
  isCounted: z.boolean(),
  /** Each event once, however often a crash made it be sent. */
  sent: amountSchema,
  /** Events that the sink refused for good. */
  refused: z.int().min(0),
  /** Aggregates that could not be read to be counted. To be sent, they are waited for. */
  uncounted: z.int().min(0),
  startedAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  /** What it waits for; `null` when it goes on. */
  error: z.string().nullable(),
})
export type ReplayProgress = z.infer<typeof replayProgressSchema>

/** A replay: what was asked for, and how far it is. */
export interface Replay {
  readonly request: ReplayRequest
  readonly progress: ReplayProgress
}

/** The answer to a request to start a replay. */
export type ReplayStarted =
  | {
      readonly ok: true
      /** As the first request for it was answered. */
      readonly replay: Replay
      readonly replayed: boolean
    }
  /** Another one was started under this name. */
  | { readonly ok: false }

/** What the object of a replay offers to others. */
export interface ReplayRpc extends Rpc.DurableObjectBranded {
  start(input: ReplayRequest, waitMilliseconds?: number): Promise<ReplayStarted>
  read(): Promise<Replay | null>
  cancel(): Promise<Replay | null>
}
