import { z } from 'zod'
import { traceSchema } from '../../shared/core/cloud-event.ts'
import { type Refusal, type RefusalCatalog, refusalSchema } from '../../shared/core/refusal.ts'
import type { Instant } from '../../shared/core/time.ts'
import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import type { Meter } from './meter.ts'

/** What an aggregate object is asked: one command with all that surrounds it. */
export const commandEnvelopeSchema = z.object({
  /** The aggregate's id, which the object records with its first event. */
  id: z.string().min(1).max(200),
  /** Checked by the aggregate's own schema. */
  command: z.unknown(),
  /** The same id is answered from the record. Missing: the command cannot be repeated, and leaves none. */
  commandId: z.string().min(1).max(600).optional(),
  /** What the client asked for; the same id with another fingerprint is refused. */
  fingerprint: z.string().optional(),
  /** Carried out only at one of these versions; `any`: only on what exists. 0 stands before the first event. */
  expectedVersions: z.union([z.literal('any'), z.array(z.int().min(0)).max(100)]).optional(),
  /** A dry run: decide and answer, but change nothing. */
  dryRun: z.boolean().optional(),
  /** How long to wait until the aggregate has settled. */
  waitMilliseconds: z.int().min(0).max(30_000).optional(),
  trace: traceSchema,
})
export type CommandEnvelope = z.infer<typeof commandEnvelopeSchema>

/** An aggregate as it is, or as it was, at a version. Times are UTC. */
export interface AggregateView<State> {
  readonly id: string
  readonly version: number
  readonly state: State
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** What is read of an aggregate. */
export interface ReadRequest {
  /** Missing: the newest. */
  readonly version?: number
  /** A command of which the reader wants to know whether the aggregate has its answer on record. */
  readonly answered?: string
}

/** An aggregate as it was read; `answered`: it has the answer to the command that the reader named. */
export type ReadView<State> = AggregateView<State> & { readonly answered?: true }

/** An event in a reply: what was (or, in a dry run, would be) appended. */
export interface ReplyEvent {
  readonly type: string
  readonly version: number
  /** JSON text: the data of any event crosses the RPC border without a type of its own. */
  readonly data: string
}

/** The answer to a command. A refusal is a value; only faults are thrown. */
export type CommandReply<State> =
  | {
      readonly ok: true
      readonly view: AggregateView<State>
      readonly events: ReplyEvent[]
      /** Answered from the record of an earlier, equal command. */
      readonly repeated: boolean
    }
  | {
      readonly ok: false
      readonly refusal: { code: string; detail: string; facts?: string }
      readonly version: number
      readonly events: ReplyEvent[]
      readonly repeated: boolean
    }

/** The answer to another object's command: what it led to, without the state, which may be large. */
export type StepReply =
  | { readonly ok: true; readonly version: number; readonly events: ReplyEvent[] }
  | Extract<CommandReply<never>, { ok: false }>

/** What the object of an aggregate offers to others; the class of `objectOf` says how. */
export interface AggregateRpc<State> extends Rpc.DurableObjectBranded {
  /** Read by tests that hold commands to their costs. */
  readonly meter: Meter
  execute(envelope: CommandEnvelope): Promise<CommandReply<State>>
  dispatch(envelope: CommandEnvelope): Promise<StepReply>
  read(which: ReadRequest): Promise<ReadView<State> | null>
  history(page: { after: number; limit: number }): Promise<string[]>
  published(page: { after: number; limit: number }): Promise<SerializedEvent[]>
  listing(): Promise<{ version: number; updatedAt: Instant; listing: string } | null>
  shard(): Promise<number | null>
  confirmPublished(versions: number[]): Promise<void>
  retryParked(effectId: string): Promise<boolean>
  wake(): Promise<void>
  /** Called by the platform; tests call it when they want an alarm to fire. */
  alarm(): Promise<void>
}

/** An event as it stands in a reply. */
export function replyEvent(event: { type: string; version: number; data: unknown }): ReplyEvent {
  return { type: event.type, version: event.version, data: JSON.stringify(event.data) }
}

/** A refusal as it crosses RPC: its facts as JSON text. */
export function packRefusal(refusal: Refusal): { code: string; detail: string; facts?: string } {
  const { code, detail, facts } = refusal
  return { code, detail, ...(facts && { facts: JSON.stringify(facts) }) }
}

/** The refusal of a reply, with its facts read back. */
export function unpackRefusal(packed: { code: string; detail: string; facts?: string }): Refusal {
  const { code, detail, facts } = packed
  return refusalSchema.parse({ code, detail, ...(facts && { facts: JSON.parse(facts) }) })
}

/** Refusals that any aggregate object can give, before its own decision. */
export const protocolRefusals = {
  not_found: {
    kind: 'not_found',
    title: 'There is nothing at this address.',
    remedy: 'Check the path and the id; the operations stand at /docs. What belongs to others is not found.',
  },
  version_conflict: {
    kind: 'stale',
    title: 'The resource has changed since the version that was named.',
    remedy: 'Read it again, decide anew, and send the command with its present version in If-Match.',
  },
  idempotency_key_reused: {
    kind: 'invalid',
    title: 'This Idempotency-Key was used for another request.',
    remedy: 'Use a new key for a new request; repeat a request with exactly the body it was first sent with.',
  },
  command_invalid: {
    kind: 'invalid',
    title: 'The command does not have the shape that its aggregate expects.',
    remedy: 'Compare the request with the schema of the operation at /openapi.json.',
  },
} as const satisfies RefusalCatalog
