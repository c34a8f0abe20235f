import { z } from 'zod'
import type { Env } from '../../../durable-objects/env.ts'
import {
  forwarderAt,
  forwarderCount,
  knownForwarders,
  shardOf,
} from '../../../durable-objects/forwarder/forwarders.ts'
import { type DeadLetterRetried, NO_DEAD_LETTER } from '../../../durable-objects/forwarder/protocol.ts'
import { projectionMessageSchema } from '../../../shared/core/projection.ts'
import { faultText } from '../../../shared/core/text/text.ts'
import { instantSchema, MINUTE } from '../../../shared/core/time.ts'
import { readQueueMessage, textOf } from '../../../shared/core/wire/queue-message.ts'
import { streamName } from '../../../shared/stream-names.ts'
import { withTimeout } from '../http/timeout.ts'

/** The folders of dead letters in the lake bucket. */
export const folders = ['refused/', 'invalid/', 'undelivered/', 'unprojected/'] as const

/** A retry waits for the forwarder's current batch, and for the sink. */
const RETRY_TIMEOUT_MS = MINUTE

/** An event that the sink refused; see `durable-objects/forwarder/dead-letters.ts`. */
const refusedEvent = z.object({
  reason: z.string(),
  sink: z.string(),
  stream: z.object({ kind: z.string(), id: z.string(), version: z.int() }).optional(),
  event: z.object({ id: z.string(), type: z.string(), partitionkey: z.string() }),
  at: instantSchema,
})
/** A message of a queue; see `workers/consumers/dead-letters.ts`. */
const queueMessage = z.object({
  reason: z.string(),
  queue: z.string(),
  attempts: z.int(),
  sentAt: instantSchema,
  body: z.unknown(),
})
const deadLetterSchema = z.union([
  refusedEvent.transform((value) => ({ kind: 'refused', ...value }) as const),
  queueMessage.transform((value) => ({ kind: 'message', ...value }) as const),
])
type DeadLetter = z.infer<typeof deadLetterSchema>
type RefusedEvent = Extract<DeadLetter, { kind: 'refused' }>
type QueueMessage = Extract<DeadLetter, { kind: 'message' }>

/** The dead letter in an object; `null` if the object is not one, `gone` if it does not exist. */
export async function readDeadLetter(lake: R2Bucket, key: string): Promise<DeadLetter | 'gone' | null> {
  const object = await lake.get(key)
  if (!object) return 'gone'
  try {
    return deadLetterSchema.parse(await object.json())
  } catch {
    return null
  }
}

/** Names the content of a dead letter, without its data. */
export function describeDeadLetter(deadLetter: DeadLetter): string {
  if (deadLetter.kind === 'refused') return `${deadLetter.event.type} ${deadLetter.event.id}`
  const published = readQueueMessage(deadLetter.body)
  if (published.success) {
    const [first, ...others] = published.message.events
    return `${first?.event.type} ${first?.event.id}${others.length > 0 ? ` and ${others.length} more` : ''}`
  }
  const projection = projectionMessageSchema.safeParse(deadLetter.body)
  if (!projection.success) return 'a message that cannot be read'
  if ('rebuild' in projection.data) return `step of rebuild ${projection.data.rebuild}`
  if ('comparison' in projection.data) return `step of comparison ${projection.data.comparison}`
  const { kind, id } = projection.data.stream
  return `row of ${streamName(kind, id)}`
}

/**
 * Retries a dead letter: sends a refused event to its sink, or a message to its queue, and deletes the object. Returns
 * the fault, or `null`. If the object cannot be deleted, it may be retried again, which is harmless.
 */
export async function retryDeadLetter(env: Env, key: string): Promise<string | null> {
  try {
    const deadLetter = await readDeadLetter(env.LAKE, key)
    if (deadLetter === 'gone') return null
    if (deadLetter === null) return 'it is not a dead letter of Petrel'
    const fault =
      deadLetter.kind === 'refused' ? await redeliver(env, deadLetter) : await resend(env, deadLetter)
    if (fault === null) await env.LAKE.delete(key)
    return fault
  } catch (thrown) {
    return faultText(thrown)
  }
}

async function resend(env: Env, { queue, body }: QueueMessage): Promise<string | null> {
  if (queue.startsWith('petrel-events')) {
    const published = readQueueMessage(body)
    if (!published.success) return 'it is not an event'
    await env.EVENTS.send(textOf(published.message), { contentType: 'text' })
    return null
  }
  const projection = projectionMessageSchema.safeParse(body)
  if (!projection.success) return 'it is not a message of this queue'
  await env.PROJECTIONS.send(projection.data, { contentType: 'json' })
  return null
}

/** Asks the forwarder of the event's shard first; the others in case their number has changed since. */
async function redeliver(env: Env, { stream, event }: RefusedEvent): Promise<string | null> {
  const which = stream
    ? { stream: { kind: stream.kind, id: stream.id }, version: stream.version }
    : { event: event.id }
  const home = shardOf(event.partitionkey, forwarderCount(env))
  const known = await knownForwarders(env)
  for (const shard of [home, ...known.filter((other) => other !== home)]) {
    const retried = await withTimeout<DeadLetterRetried>(
      forwarderAt(env, shard).retryDeadLetter(which),
      RETRY_TIMEOUT_MS,
    )
    if (retried.delivered) return null
    if (retried.error !== NO_DEAD_LETTER) return retried.error
  }
  return 'no forwarder has a record of it'
}
