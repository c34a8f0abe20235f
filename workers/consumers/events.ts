import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import { forwarderAt, forwarderCount, shardOf } from '../../durable-objects/forwarder/forwarders.ts'
import { shardOfStream } from '../../durable-objects/forwarder/shards.ts'
import type { PublishedMessage } from '../../shared/core/cloud-event.ts'
import { readPublishedMessage } from '../../shared/core/cloud-event-reading.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { readModels } from '../read-models/models.ts'
import { complain, type Kept, reasonOf, retryDelaySeconds, setAside } from './dead-letters.ts'

/** Confirmations under way at the same time: each waits for a disk, and costs nothing meanwhile. */
const CONFIRM_CONCURRENCY = 50
/** A forwarder answers after about two seconds, whatever its sink does. */
const FORWARD_TIMEOUT_MS = 30 * SECOND
/** Aggregates that are asked for their shard at the same time. */
const SHARD_LOOKUP_CONCURRENCY = 50
/** The longest wait between two tries: with the retries of wrangler.toml they last for three days. */
const LONGEST_RETRY_MS = HOUR

/** A message of the queue with what it carries. */
interface Received {
  readonly message: Message
  readonly published: PublishedMessage
}

/**
 * Takes a batch of published events to the forwarders, which see that a sink gets them in order and once.
 * What a forwarder has on its books is confirmed to its aggregate and acknowledged, whether the sink has it
 * yet or not; what no forwarder took is retried, each message with its own growing delay. What is no event
 * is kept whole in the lake bucket under `invalid/` and holds up nothing.
 */
export async function consumeEvents(batch: MessageBatch, env: Env): Promise<void> {
  for (const { message, published, fault } of await forward(batch, env)) {
    if (fault === null) continue
    complain(batch.queue, 'forwarding', fault, { event: published.event.id })
    message.retry({
      delaySeconds: retryDelaySeconds(message.attempts, Math.random(), LONGEST_RETRY_MS),
    })
  }
}

/**
 * Tries once more what came in vain for days. What still cannot be taken is kept whole in the lake bucket
 * under `undelivered/`, and is not confirmed: its aggregate still has it, and sends it again by itself.
 */
export async function consumeUndelivered(batch: MessageBatch, env: Env): Promise<void> {
  const failed = (await forward(batch, env)).flatMap(({ message, fault }) =>
    fault === null ? [] : [{ message, reason: `no forwarder took it after all retries: ${fault}` }],
  )
  await setAside(env, 'undelivered', batch.queue, failed)
}

/** Tells of each message why it could not be handed over; those that could are acknowledged. */
async function forward(batch: MessageBatch, env: Env): Promise<(Received & { fault: string | null })[]> {
  const received: Received[] = []
  const invalid: Kept[] = []
  for (const message of batch.messages) {
    const parsed = readPublishedMessage(message.body)
    if (parsed.success) received.push({ message, published: parsed.data })
    else invalid.push({ message, reason: reasonOf(parsed.error) })
  }
  await setAside(env, 'invalid', batch.queue, invalid)
  const published = received.map((one) => one.published)
  // Side by side: the lists wait for no sink.
  const [unannounced, unforwarded] = await Promise.all([
    announceChanges(env, batch.queue, published),
    forwardByShard(env, published),
  ])
  const results = received.map((one) => ({
    ...one,
    fault: unforwarded.get(one.published) ?? unannounced.get(one.published) ?? null,
  }))
  const settled = results.filter(({ fault }) => fault === null)
  await confirm(
    env,
    batch.queue,
    settled.map((one) => one.published),
  )
  for (const { message } of settled) message.ack()
  return results
}

/** Why some could not be handed over. */
type Faults = ReadonlyMap<PublishedMessage, string>

/** Takes each event to its forwarder, all forwarders at once. */
async function forwardByShard(env: Env, published: readonly PublishedMessage[]): Promise<Faults> {
  const routed = await mapBounded(published, SHARD_LOOKUP_CONCURRENCY, async (message) => {
    try {
      return { message, shard: await shardOfMessage(env, message) }
    } catch (thrown) {
      return { message, fault: faultText(thrown) }
    }
  })
  const shards = Map.groupBy(
    routed.flatMap(({ message, shard }) => (shard === undefined ? [] : [{ message, shard }])),
    ({ shard }) => shard,
  )
  const faults = await Promise.all(
    [...shards].map(async ([shard, sharded]) => {
      const messages = sharded.map(({ message }) => message)
      try {
        await withTimeLimit(
          forwarderAt(env, shard).forward(messages),
          FORWARD_TIMEOUT_MS,
          `forwarder ${shard}`,
        )
        return []
      } catch (thrown) {
        const fault = faultText(thrown)
        return messages.map((message) => [message, fault] as const)
      }
    }),
  )
  const unrouted = routed.flatMap(({ message, fault }) =>
    fault === undefined ? [] : [[message, fault] as const],
  )
  return new Map([...unrouted, ...faults.flat()])
}

/** A message of an earlier release does not name its shard: its aggregate knows it. */
async function shardOfMessage(env: Env, { stream, event }: PublishedMessage): Promise<number> {
  if (!stream) return shardOf(event.partitionkey, forwarderCount(env))
  return stream.shard ?? shardOfStream(env, stream)
}

/**
 * Tells the queue of projections which rows may be out of date, once for each aggregate. Where that queue
 * is down the events that stand in a list are faults: they come again, are dropped by the forwarders, and
 * are announced then.
 */
async function announceChanges(
  env: Env,
  queue: string,
  published: readonly PublishedMessage[],
): Promise<Faults> {
  const listed = published.filter(({ stream }) => stream !== undefined && readModels.has(stream.kind))
  const streams = streamsOf(listed)
  if (streams.length === 0) return new Map()
  try {
    await env.PROJECTIONS.sendBatch(
      streams.map(({ kind, id }) => ({ body: { stream: { kind, id } }, contentType: 'json' as const })),
    )
    return new Map()
  } catch (thrown) {
    const fault = faultText(thrown)
    complain(queue, 'announcement', fault, { streams: streams.length })
    return new Map(listed.map((message) => [message, fault]))
  }
}

/** Tells each aggregate which of its versions are on the books. One that is not told sends them again. */
async function confirm(env: Env, queue: string, settled: readonly PublishedMessage[]): Promise<void> {
  // A kind that does not exist has been set aside by its forwarder.
  const ours = settled.filter(({ stream }) => stream !== undefined && isAggregateKind(stream.kind))
  await mapBounded(streamsOf(ours), CONFIRM_CONCURRENCY, async ({ kind, id, versions }) => {
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
