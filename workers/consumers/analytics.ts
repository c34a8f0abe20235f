import type { z } from 'zod'
import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import { type PublishedMessage, publishedMessageSchema } from '../../shared/core/cloud-event.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { LakeSink } from '../../shared/ports/lake-sink.ts'

/** The wait after the first failed delivery (ms), doubled after each further one. */
const FIRST_RETRY = 4 * SECOND
/** A queue holds a message back for 12 hours at most (ms). */
const LONGEST_RETRY = 12 * HOUR
/** Confirmations, and messages being set aside, under way at the same time. */
const CONFIRM_AT_ONCE = 10
const SET_ASIDE_AT_ONCE = 6

/** A message of the queue with what it carries. */
interface Received {
  readonly message: Message
  readonly published: PublishedMessage
}

/**
 * Delivers a batch of published events to a sink. Delivered events are confirmed to their aggregates
 * and acknowledged; those that may be taken later are retried, each with its own growing delay. What
 * can never be taken, because it is no event or the sink refuses it for good, is kept whole in the lake
 * bucket under `invalid/` or `refused/` and holds up nothing.
 */
export async function consumeEvents(
  batch: MessageBatch,
  env: Env,
  sink: EventSink = new LakeSink(env.LAKE),
): Promise<void> {
  const received: Received[] = []
  const invalid: { message: Message; reason: string }[] = []
  for (const message of batch.messages) {
    const parsed = publishedMessageSchema.safeParse(message.body)
    if (parsed.success) received.push({ message, published: parsed.data })
    else invalid.push({ message, reason: reasonOf(parsed.error) })
  }
  await mapBounded(invalid, SET_ASIDE_AT_ONCE, ({ message, reason }) =>
    setAside(env, 'invalid', batch.queue, message, reason),
  )

  const outcomes = await outcomesOf(
    sink,
    received.map(({ published }) => published),
  )
  const settled: PublishedMessage[] = []
  const refused: { one: Received; reason: string }[] = []
  for (const [index, one] of received.entries()) {
    const outcome = outcomes[index] ?? { delivered: false, kind: 'retry', error: 'the sink gave no outcome' }
    if (outcome.delivered) {
      one.message.ack()
      settled.push(one.published)
    } else if (outcome.kind === 'refused') {
      refused.push({ one, reason: outcome.error })
    } else {
      complain('delivery', outcome.error, { event: one.published.event.id })
      one.message.retry({ delaySeconds: retryDelaySeconds(one.message.attempts) })
    }
  }
  await mapBounded(refused, SET_ASIDE_AT_ONCE, async ({ one, reason }) => {
    // Kept for good, so its aggregate need not send it, and all that came after it, again and again.
    if (await setAside(env, 'refused', batch.queue, one.message, reason)) settled.push(one.published)
  })
  await confirm(env, settled)
}

/**
 * Keeps what no sink took after all retries, each message whole, in the lake bucket under
 * `undelivered/`. It is not confirmed: its aggregate still has it, and sends it again by itself.
 */
export async function keepUndelivered(batch: MessageBatch, env: Env): Promise<void> {
  await mapBounded(batch.messages, SET_ASIDE_AT_ONCE, (message) =>
    setAside(env, 'undelivered', batch.queue, message, 'no sink took it after all retries'),
  )
}

/** How long a message waits for its next try (seconds): exponential, with jitter in its upper half. */
export function retryDelaySeconds(attempts: number, random: number = Math.random()): number {
  const ceiling = Math.min(FIRST_RETRY * 2 ** Math.max(0, attempts - 1), LONGEST_RETRY)
  return Math.round((ceiling * (0.5 + random / 2)) / SECOND)
}

/** A sink that throws has delivered nothing that one may count on. */
async function outcomesOf(sink: EventSink, published: readonly PublishedMessage[]): Promise<SinkOutcome[]> {
  if (published.length === 0) return []
  try {
    return await sink.deliver(published.map(({ event }) => event))
  } catch (thrown) {
    return published.map(() => ({ delivered: false, kind: 'retry', error: faultText(thrown) }))
  }
}

/** Tells each aggregate which of its versions have arrived. One that is not told sends them again. */
async function confirm(env: Env, settled: readonly PublishedMessage[]): Promise<void> {
  const streams = new Map<string, { kind: string; id: string; versions: number[] }>()
  for (const { stream } of settled) {
    if (!stream) continue
    const { kind, id, version } = stream
    const name = JSON.stringify([kind, id])
    const known = streams.get(name)
    known ? known.versions.push(version) : streams.set(name, { kind, id, versions: [version] })
  }
  await mapBounded([...streams.values()], CONFIRM_AT_ONCE, async ({ kind, id, versions }) => {
    try {
      await anyAggregateStub(env, kind, id).confirmPublished(versions)
    } catch (thrown) {
      complain('confirmation', faultText(thrown), { kind, id })
    }
  })
}

/** Writes a message as it came and acknowledges it; false, and a retry, if that cannot be done now. */
async function setAside(
  env: Env,
  folder: 'invalid' | 'refused' | 'undelivered',
  queue: string,
  message: Message,
  reason: string,
): Promise<boolean> {
  const { id, attempts, body } = message
  const sentAt = message.timestamp.toISOString()
  const kept = { reason, queue, id, attempts, sentAt, body }
  try {
    await env.LAKE.put(`${folder}/dt=${sentAt.slice(0, 10)}/${id}.json`, JSON.stringify(kept), {
      httpMetadata: { contentType: 'application/json' },
    })
  } catch (thrown) {
    complain(folder, faultText(thrown), { message: id })
    message.retry({ delaySeconds: retryDelaySeconds(attempts) })
    return false
  }
  complain(folder, reason, { message: id })
  message.ack()
  return true
}

/** Where a body is not what was expected; never what it holds. */
function reasonOf(error: z.ZodError): string {
  return error.issues.map(({ path, code }) => `${path.join('.') || 'body'}: ${code}`).join('; ')
}

function faultText(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.slice(0, 300) : 'unknown fault'
}

function complain(where: string, fault: string, about: Readonly<Record<string, unknown>>): void {
  console.error(JSON.stringify({ level: 'error', consumer: 'analytics', where, fault, ...about }))
}
