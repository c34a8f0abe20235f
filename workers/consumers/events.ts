import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import {
  forwarderAt,
  forwarderCount,
  shardOf,
  shardOfStream,
} from '../../durable-objects/forwarder/forwarders.ts'
import { eventsIn, type PublishedMessage, type QueueMessage } from '../../shared/core/cloud-event.ts'
import { readQueueMessage } from '../../shared/core/cloud-event-reading.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { readModels } from '../read-models/models.ts'
import { queueProjections, type Row, writeRows } from '../read-models/project.ts'
import {
  type DeadLetter,
  logQueueFault,
  reasonOf,
  retryDelaySeconds,
  storeDeadLetters,
} from './dead-letters.ts'

/** Confirmations in flight: each waits for a disk write, and takes no CPU time meanwhile. */
const CONFIRM_CONCURRENCY = 50
/** A forwarder answers within about two seconds, whatever its sink does. */
const FORWARD_TIMEOUT_MS = 30 * SECOND
/** An aggregate that does not answer holds up no batch (ms): without the confirmation it publishes again. */
const CONFIRM_TIMEOUT_MS = 10 * SECOND
const SHARD_LOOKUP_CONCURRENCY = 50
/** A read database that does not answer in time (ms) gets its rows from the queue of projections. */
const WRITE_TIMEOUT_MS = 5 * SECOND
/** With the number of retries in wrangler.toml, attempts last three days. */
const MAX_RETRY_MS = HOUR

/** A message of the queue, parsed. */
interface Received {
  readonly message: Message
  readonly body: QueueMessage
  readonly events: readonly PublishedMessage[]
}

/**
 * Passes a batch of published events to the forwarders, which send them to the sink in order and once. An event that a
 * forwarder has recorded is confirmed to its aggregate and acknowledged, whether the sink has it yet or not. One that
 * no forwarder accepted is retried, each message with its own backoff. A message that is not an event is stored as a
 * dead letter under `invalid/`.
 */
export async function consumeEvents(batch: MessageBatch, env: Env): Promise<void> {
  for (const { message, events, fault } of await forward(batch, env)) {
    if (fault === null) continue
    logQueueFault(batch.queue, 'forwarding', fault, { event: events[0]?.event.id })
    message.retry({
      delaySeconds: retryDelaySeconds(message.attempts, Math.random(), MAX_RETRY_MS),
    })
  }
}

/**
 * The last attempt, after all retries. An event that fails again is stored as a dead letter under `undelivered/` and not
 * confirmed: its aggregate publishes it again.
 */
export async function consumeUndelivered(batch: MessageBatch, env: Env): Promise<void> {
  const failed = (await forward(batch, env)).flatMap(({ message, fault }) =>
    fault === null ? [] : [{ message, reason: `no forwarder accepted it after all retries: ${fault}` }],
  )
  await storeDeadLetters(env, 'undelivered', batch.queue, failed)
}

/** Forwards a batch, updates the lists, and acknowledges what was forwarded. Returns each message with its fault, or `null`. */
async function forward(batch: MessageBatch, env: Env): Promise<(Received & { fault: string | null })[]> {
  const received: Received[] = []
  const invalid: DeadLetter[] = []
  for (const message of batch.messages) {
    const parsed = readQueueMessage(message.body)
    if (parsed.success) received.push({ message, body: parsed.data, events: eventsIn(parsed.data) })
    else invalid.push({ message, reason: reasonOf(parsed.error) })
  }
  await storeDeadLetters(env, 'invalid', batch.queue, invalid)
  // In parallel, so that the lists do not wait for the sink, nor the sink for the lists.
  const [unlisted, unforwarded] = await Promise.all([
    updateLists(env, batch.queue, received),
    forwardByShard(
      env,
      received.flatMap(({ events }) => events),
    ),
  ])
  const results = received.map((one) => {
    const [fault = null] = one.events.flatMap((event) => unforwarded.get(event) ?? [])
    return { ...one, fault: fault ?? unlisted.get(one) ?? null }
  })
  const settled = results.filter(({ fault }) => fault === null)
  await confirm(
    env,
    batch.queue,
    settled.flatMap(({ events }) => events),
  )
  for (const { message } of settled) message.ack()
  return results
}

/** Events that could not be forwarded, and why. */
type Faults = ReadonlyMap<PublishedMessage, string>

/** Sends each event to its forwarder, all forwarders in parallel. */
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

/** A message of an earlier release has no shard; its aggregate stores it. */
async function shardOfMessage(env: Env, { stream, event }: PublishedMessage): Promise<number> {
  if (!stream) return shardOf(event.partitionkey, forwarderCount(env))
  return stream.shard ?? shardOfStream(env, stream)
}

/**
 * Writes the row of each changed aggregate from the listing that its message brought. What the read database refuses, and
 * what came without a listing, goes to the queue of projections. If that queue is down too, these messages are faults:
 * they are retried, the forwarders drop their events as duplicates, and their rows are written then.
 */
async function updateLists(
  env: Env,
  queue: string,
  received: readonly Received[],
): Promise<ReadonlyMap<Received, string>> {
  const rows = new Map<string, Row>()
  const asked = new Map<string, Stream>()
  const nameOf = new Map<Received, string>()
  for (const one of received) {
    const stream = one.body.stream
    if (!stream || !readModels.has(stream.kind)) continue
    const { kind, id } = stream
    const name = JSON.stringify([kind, id])
    nameOf.set(one, name)
    const listing = 'events' in one.body ? one.body.listing : undefined
    if (!listing) asked.set(name, { kind, id })
    else if (listing.version >= (rows.get(name)?.version ?? 0))
      rows.set(name, { stream: { kind, id }, version: listing.version, listing: listing.text })
  }
  try {
    await writeRows(env, [...rows.values()], WRITE_TIMEOUT_MS)
  } catch (thrown) {
    logQueueFault(queue, 'lists', faultText(thrown), { rows: rows.size })
    for (const [name, { stream }] of rows) asked.set(name, stream)
  }
  try {
    await queueProjections(env, [...asked.values()])
    return new Map()
  } catch (thrown) {
    const fault = faultText(thrown)
    logQueueFault(queue, 'announcement', fault, { streams: asked.size })
    return new Map([...nameOf].flatMap(([one, name]) => (asked.has(name) ? [[one, fault] as const] : [])))
  }
}

/** Confirms to each aggregate which versions are recorded. Without the confirmation it publishes them again. */
async function confirm(env: Env, queue: string, settled: readonly PublishedMessage[]): Promise<void> {
  // Its forwarder has stored an event of an unknown kind as a dead letter.
  const ours = settled.filter(({ stream }) => stream !== undefined && isAggregateKind(stream.kind))
  await mapBounded(streamsOf(ours), CONFIRM_CONCURRENCY, async ({ kind, id, versions }) => {
    try {
      const confirmed = anyAggregateStub(env, kind, id).confirmPublished(versions)
      await withTimeLimit(confirmed, CONFIRM_TIMEOUT_MS, 'the confirmation')
    } catch (thrown) {
      logQueueFault(queue, 'confirmation', faultText(thrown), { kind, id })
    }
  })
}

/** The aggregates of some events, each with the versions of its events. */
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
