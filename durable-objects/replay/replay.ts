import { z } from 'zod'
import { streamSchema } from '../../shared/core/projection.ts'
import { instantSchema } from '../../shared/core/time.ts'

/** How many aggregates one replay can name. */
export const MAX_NAMED = 1_000

/** What to send again: named aggregates, all of some kinds, or all. Times are UTC. */
export const replayRequestSchema = z.object({
  id: z.string().min(1).max(100),
  streams: z.array(streamSchema).min(1).max(MAX_NAMED).optional(),
  kinds: z.array(z.string()).min(1).optional(),
  /** As the client named it; `kinds` has its kinds. */
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

/** Aggregates that have such events, and the events. */
const amountSchema = z.object({ aggregates: z.int().min(0), events: z.int().min(0) })

/** How far a replay has come. Times are UTC. */
export const replayProgressSchema = z.object({
  status: z.enum(replayStatuses),
  /** So far, while it counts. */
  counted: amountSchema,
  isCounted: z.boolean(),
  /** Each event counts once, even if a crash made it be sent twice. */
  sent: amountSchema,
  /** Events that the sink refused permanently. */
  refused: z.int().min(0),
  /** Aggregates that could not be read for the count. Sending waits for them. */
  uncounted: z.int().min(0),
  startedAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  /** Why it waits; `null` while it makes progress. */
  error: z.string().nullable(),
})
export type ReplayProgress = z.infer<typeof replayProgressSchema>

/** A replay: the request and its progress. */
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
  /** Another replay has this id. */
  | { readonly ok: false }

/** What the object of a replay offers to others. */
export interface ReplayRpc extends Rpc.DurableObjectBranded {
  start(input: ReplayRequest, waitMilliseconds?: number): Promise<ReplayStarted>
  read(): Promise<Replay | null>
  cancel(): Promise<Replay | null>
}
