import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import { type PublishedMessage, publishedMessageSchema } from '../../shared/core/cloud-event.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/fault-text.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { LakeSink } from '../../shared/ports/lake-sink.ts'
import { readModels } from '../read-models/models.ts'
import { complain, type Kept, reasonOf, retryDelaySeconds, setAside } from './set-aside.ts'

/** Confirmations under way at the same time. */
const CONFIRM_AT_ONCE = 10

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
  const invalid: Kept[] = []
  for (const message of batch.messages) {
    const parsed = publishedMessageSchema.safeParse(message.body)
    if (parsed.success) received.push({ message, published: parsed.data })
    else invalid.push({ message, reason: reasonOf(parsed.error) })
  }
  await setAside(env, 'invalid', batch.queue, invalid)

  const outcomes = await outcomesOf(
    sink,
    received.map(({ published }) => published),
  )
  const settled: PublishedMessage[] = []
  const refused: (Kept & Received)[] = []
  for (const [index, one] of received.entries()) {
    const outcome = outcomes[index] ?? { delivered: false, kind: 'retry', error: 'the sink gave no outcome' }
    if (outcome.delivered) {
      one.message.ack()
      settled.push(one.published)
    } else if (outcome.kind === 'refused') {
      refused.push({ ...one, reason: outcome.error })
    } else {
      complain(batch.queue, 'delivery', outcome.error, { event: one.published.event.id })
      one.message.retry({ delaySeconds: retryDelaySeconds(one.message.attempts) })
    }
  }
  // Kept for good, so its aggregate need not send it, and all that came after it, again and again.
  const kept = new Set(await setAside(env, 'refused', batch.queue, refused))
  for (const { message, published } of refused) if (kept.has(message)) settled.push(published)

  // Only now: what the lists do not hear of is not confirmed, and comes again from its aggregate's log.
  const announced = await announceChanges(env, batch.queue, settled)
  await confirm(env, batch.queue, announced)
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

/**
 * Tells the queue of projections which rows may be out of date, once for each aggregate. Returns the
 * events of which nothing is left to tell: all, or, where that queue is down, those that stand in no
 * list. The others are delivered to the sink once more when their aggregates send them again, ever less
 * often; until then nothing waits for them.
 */
async function announceChanges(
  env: Env,
  queue: string,
  settled: readonly PublishedMessage[],
): Promise<readonly PublishedMessage[]> {
  const isListed = ({ stream }: PublishedMessage) => stream !== undefined && readModels.has(stream.kind)
  const streams = streamsOf(settled.filter(isListed))
  if (streams.length === 0) return settled
  try {
    await env.PROJECTIONS.sendBatch(
      streams.map(({ kind, id }) => ({ body: { stream: { kind, id } }, contentType: 'json' as const })),
    )
    return settled
  } catch (thrown) {
    complain(queue, 'announcement', faultText(thrown), { streams: streams.length })
    return settled.filter((one) => !isListed(one))
  }
}

/** Tells each aggregate which of its versions have arrived. One that is not told sends them again. */
async function confirm(env: Env, queue: string, settled: readonly PublishedMessage[]): Promise<void> {
  await mapBounded(streamsOf(settled), CONFIRM_AT_ONCE, async ({ kind, id, versions }) => {
    try {
      await anyAggregateStub(env, kind, id).confirmPublished(versions)
    } catch (thrown) {
      complain(queue, 'confirmation', faultText(thrown), { kind, id })
    }
  })
}

/** The aggregates of events, each with the versions that are among them. */
function streamsOf(events: readonly PublishedMessage[]): { kind: string; id: string; versions: number[] }[] {
  const streams = new Map<string, { kind: string; id: string; versions: number[] }>()
  for (const { stream } of events) {
    if (!stream) continue
    const { kind, id, version } = stream
    const name = JSON.stringify([kind, id])
    const known = streams.get(name)
    known ? known.versions.push(version) : streams.set(name, { kind, id, versions: [version] })
  }
  return [...streams.values()]
}
