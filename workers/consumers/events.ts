import { anyAggregateStub } from '../../durable-objects/addressing.ts'
import type { Env } from '../../durable-objects/env.ts'
import {
  forwarderAt,
  forwarderCount,
  shardOf,
  shardOfStream,
} from '../../durable-objects/forwarder/forwarders.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { HOUR, SECOND } from '../../shared/core/time.ts'
import { type QueueMessage, readQueueMessage } from '../../shared/core/wire/queue-message.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { readModels } from '../read-models/models.ts'
import { queueProjections, type Row, writeRows } from '../read-models/project.ts'
import { type DeadLetter, logQueueFault, retryDelaySeconds, storeDeadLetters } from './dead-letters.ts'

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

/** A message of the queue, and what it brings. */
interface Received extends QueueMessage {
  readonly message: Message
}

/**
 * Passes a batch of published events to the forwarders, which send them to the sink in order and once. An event that a
 * forwarder has recorded is confirmed to its aggregate and acknowledged, whether the sink has it yet or not. One that
 * no forwarder accepted is retried, each message with its own backoff. Events are checked here, and nowhere after: a
 * message that is none is stored as a dead letter under `invalid/`.
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
    const read = readQueueMessage(message.body)
    if (read.success) received.push({ ...read.message, message })
    else invalid.push({ message, reason: read.reason })
  }
  await storeDeadLetters(env, 'invalid', batch.queue, invalid)
  // In parallel, so that the lists do not wait for the sink, nor the sink for the lists.
  const [unlisted, unforwarded] = await Promise.all([
    updateLists(env, batch.queue, received),
    forwardByShard(env, received),
  ])
  const settled = received.filter((one) => !unforwarded.has(one) && !unlisted.has(one))
  await confirm(env, batch.queue, settled)
  for (const { message } of settled) message.ack()
  return received.map((one) => ({ ...one, fault: unforwarded.get(one) ?? unlisted.get(one) ?? null }))
}

/** Messages that failed, and why. */
type Faults = ReadonlyMap<Received, string>

/** Sends the events of each message to their forwarder, all forwarders in parallel. */
async function forwardByShard(env: Env, received: readonly Received[]): Promise<Faults> {
  const faults = new Map<Received, string>()
  const routed = await mapBounded(received, SHARD_LOOKUP_CONCURRENCY, async (one) => {
    try {
      return { one, shard: await shardOfMessage(env, one) }
    } catch (thrown) {
      faults.set(one, faultText(thrown))
      return { one, shard: null }
    }
  })
  const shards = Map.groupBy(routed, ({ shard }) => shard)
  const forwarded = [...shards].map(async ([shard, sharded]) => {
    if (shard === null) return
    const events = sharded.flatMap(({ one }) => one.events)
    try {
      await withTimeLimit(forwarderAt(env, shard).forward(events), FORWARD_TIMEOUT_MS, `forwarder ${shard}`)
    } catch (thrown) {
      const fault = faultText(thrown)
      for (const { one } of sharded) faults.set(one, fault)
    }
  })
  await Promise.all(forwarded)
  return faults
}

/** All events of a message have one forwarder. The first releases sent no shard; the aggregate stores it. */
async function shardOfMessage(env: Env, { events: [first] }: Received): Promise<number> {
  if (!first?.stream) return shardOf(first?.event.partitionkey ?? '', forwarderCount(env))
  return first.stream.shard ?? shardOfStream(env, first.stream)
}

/**
 * Writes the row of each changed aggregate from the listing that its message brought. What the read database refuses, and
 * what came without a listing, goes to the queue of projections. If that queue is down too, these messages are faults:
 * they are retried, the forwarders drop their events as duplicates, and their rows are written then.
 */
async function updateLists(env: Env, queue: string, received: readonly Received[]): Promise<Faults> {
  const rows = new Map<string, Row>()
  const asked = new Map<string, Stream>()
  const nameOf = new Map<Received, string>()
  for (const one of received) {
    const { stream, listing } = one
    if (!stream || !readModels.has(stream.kind)) continue
    const { kind, id } = stream
    const name = JSON.stringify([kind, id])
    nameOf.set(one, name)
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
async function confirm(env: Env, queue: string, settled: readonly Received[]): Promise<void> {
  await mapBounded(streamsOf(settled), CONFIRM_CONCURRENCY, async ({ stream: { kind, id }, versions }) => {
    // Its forwarder has stored an event of an unknown kind as a dead letter.
    if (!isAggregateKind(kind)) return
    try {
      const confirmed = anyAggregateStub(env, kind, id).confirmPublished(versions)
      await withTimeLimit(confirmed, CONFIRM_TIMEOUT_MS, 'the confirmation')
    } catch (thrown) {
      logQueueFault(queue, 'confirmation', faultText(thrown), { kind, id })
    }
  })
}

/** The aggregates of some messages, each with the versions of its events. */
function streamsOf(messages: readonly Received[]): { stream: Stream; versions: number[] }[] {
  const streams = new Map<string, { stream: Stream; versions: number[] }>()
  for (const { stream, events } of messages) {
    if (!stream) continue
    const versions = events.flatMap(({ stream: position }) => position?.version ?? [])
    const name = JSON.stringify([stream.kind, stream.id])
    const known = streams.get(name)
    known ? known.versions.push(...versions) : streams.set(name, { stream, versions })
  }
  return [...streams.values()]
}
