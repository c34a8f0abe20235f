import { z } from 'zod'
import type { Env } from '../../../durable-objects/env.ts'
import {
  forwarderAt,
  forwarderCount,
  knownForwarders,
  shardOf,
} from '../../../durable-objects/forwarder/forwarders.ts'
import { type DeadLetterRetried, NO_DEAD_LETTER } from '../../../durable-objects/forwarder/position.ts'
import { publishedMessageSchema } from '../../../shared/core/cloud-event.ts'
import { projectionMessageSchema } from '../../../shared/core/projection.ts'
import { faultText } from '../../../shared/core/text/fault-text.ts'
import { instantSchema, MINUTE } from '../../../shared/core/time.ts'
import { streamName } from '../../../shared/stream-names.ts'
import { withTimeout } from '../http/timeout.ts'

/** The folders in which something is set aside. */
export const folders = ['refused/', 'invalid/', 'undelivered/', 'unprojected/'] as const

/** A forwarder may have to wait for its turn, and for the sink (ms). */
const DELIVER_WITHIN = MINUTE

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
const keptSchema = z.union([
  refusedEvent.transform((value) => ({ kind: 'refused', ...value }) as const),
  queueMessage.transform((value) => ({ kind: 'message', ...value }) as const),
])
type Kept = z.infer<typeof keptSchema>
type RefusedEvent = Extract<Kept, { kind: 'refused' }>
type QueueMessage = Extract<Kept, { kind: 'message' }>

/** What stands in an object that was set aside; `null` where nothing of ours does, `gone` if it is not there any more. */
export async function readKept(lake: R2Bucket, key: string): Promise<Kept | 'gone' | null> {
  const object = await lake.get(key)
  if (!object) return 'gone'
  try {
    return keptSchema.parse(await object.json())
  } catch {
    return null
  }
}

/** What was set aside, by its own name; nothing of what it holds. */
export function whatOf(kept: Kept): string {
  if (kept.kind === 'refused') return `${kept.event.type} ${kept.event.id}`
  const published = publishedMessageSchema.safeParse(kept.body)
  if (published.success) return `${published.data.event.type} ${published.data.event.id}`
  const projection = projectionMessageSchema.safeParse(kept.body)
  if (!projection.success) return 'a message that cannot be read'
  if ('rebuild' in projection.data) return `step of rebuild ${projection.data.rebuild}`
  if ('comparison' in projection.data) return `step of comparison ${projection.data.comparison}`
  const { kind, id } = projection.data.stream
  return `row of ${streamName(kind, id)}`
}

/**
 * Brings one object's content on its way again: an event that was refused goes to its sink once more, a
 * message whole to its queue. Returns why that cannot be done now; `null` when it is on its way, and the
 * object is gone. A message whose object cannot be removed is sent again some day: that does no harm.
 */
export async function retryKept(env: Env, key: string): Promise<string | null> {
  try {
    const kept = await readKept(env.LAKE, key)
    if (kept === 'gone') return null
    if (kept === null) return 'what stands in it was not set aside by Petrel'
    const fault = kept.kind === 'refused' ? await redeliver(env, kept) : await resend(env, kept)
    if (fault === null) await env.LAKE.delete(key)
    return fault
  } catch (thrown) {
    return faultText(thrown)
  }
}

async function resend(env: Env, { queue, body }: QueueMessage): Promise<string | null> {
  const options = { contentType: 'json' } as const
  if (queue.startsWith('petrel-events')) {
    const published = publishedMessageSchema.safeParse(body)
    if (!published.success) return 'it is still no event'
    await env.EVENTS.send(published.data, options)
    return null
  }
  const projection = projectionMessageSchema.safeParse(body)
  if (!projection.success) return 'it is still no message of this queue'
  await env.PROJECTIONS.send(projection.data, options)
  return null
}

/** The forwarder that refused it is the one that it belongs to, unless their number has changed since. */
async function redeliver(env: Env, { stream, event }: RefusedEvent): Promise<string | null> {
  const which = stream
    ? { stream: { kind: stream.kind, id: stream.id }, version: stream.version }
    : { event: event.id }
  const home = shardOf(event.partitionkey, forwarderCount(env))
  const known = await knownForwarders(env)
  for (const shard of [home, ...known.filter((other) => other !== home)]) {
    const retried = await withTimeout<DeadLetterRetried>(
      forwarderAt(env, shard).retryDeadLetter(which),
      DELIVER_WITHIN,
    )
    if (retried.delivered) return null
    if (retried.error !== NO_DEAD_LETTER) return retried.error
  }
  return 'no forwarder has it on record any more'
}
