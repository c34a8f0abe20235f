import { putLoad } from '../load/closed-loop.ts'
import { type Connection, openConnections, ResetError, wireRequest } from '../load/connection.ts'
import { usd } from '../petrel.ts'
import { expectStatus } from '../scenarios/scenario.ts'
import { logProgress } from '../suite.ts'
import { countProcessorTime } from '../workerd/processor.ts'
import { type Counts, TIMED_SHARE } from './observer.ts'
import type { PipelineOptions } from './options.ts'
import { SKU_PREFIX, type Stand } from './stand.ts'
import { messagesIn, type RecordBatch, rateSince } from './topic.ts'

/** One measurement of Petrel. */
export interface Delivered {
  readonly perSecond: number
  /** What was sent meanwhile, as the broker has it. */
  readonly batches: readonly RecordBatch[]
  /** Of one processor, by the runtime, for each event (seconds); `null`: not known. */
  readonly processorTime: number | null
  /** What the objects counted meanwhile, and for how many events; `null` where events were also appended. */
  readonly costs: { readonly counts: Counts; readonly events: number } | null
}

/** One way of measuring. */
export interface Measure {
  readonly name: string
  readonly title: string
  run(stand: Stand, options: PipelineOptions): Promise<Delivered>
}

/** Events are appended through the API all the time: what the whole of Petrel does on this machine. */
const sustained: Measure = {
  name: 'sustained',
  title: '(a) appended through the API and delivered at the same time',
  async run(stand, { connections: count, span }) {
    const { runtime, observer } = stand
    const start = await stand.topic.end()
    const before = await observer.delivery()
    const connections = await openConnections(runtime.petrel, count)
    const used = countProcessorTime(runtime.processId)
    const begin = Date.now() + span.rampUp
    const end = begin + span.measured
    let appended = 0
    const load = await putLoad(
      connections,
      async (connection, turn) => {
        await appendOne(stand, connection, turn)
        appended += 1
      },
      span,
    )
    const seconds = used()
    for (const connection of connections) connection.close()
    if (load.failures > 0) throw new Error(`${load.failures} commands failed: ${load.firstFailure}`)
    await observer.until(
      'delivery of what was appended',
      ({ owed, delivered }) => owed === 0 && delivered - before.delivered >= appended,
    )
    const batches = (await stand.topic.batchesFrom(start)).filter(
      ({ appendedAt }) => appendedAt >= begin && appendedAt < end,
    )
    logProgress(`  appended ${Math.round(load.perSecond)}/s`)
    const perSecond = messagesIn(batches) / (span.measured / 1_000)
    const processorTime = seconds === null ? null : seconds / appended
    return { perSecond, batches, processorTime, costs: null }
  },
}

/** Events lie in the logs, unpublished, until the queue opens: the whole way, and nothing else. */
const fromLogs: Measure = {
  name: 'logs',
  title: '(b) appended before: log, publisher, queue, consumer, forwarder, sink',
  async run(stand, options) {
    const { observer, runtime } = stand
    await observer.setQueue('close')
    const events = await append(stand, options)
    const before = await observer.delivery()
    const countsBefore = await observer.counts()
    const start = await stand.topic.end()
    const used = countProcessorTime(runtime.processId)
    const startedAt = Date.now()
    await observer.setQueue('open')
    await observer.wakeProducts(SKU_PREFIX, stand.skus.length)
    await observer.until(
      'delivery of what lay in the logs',
      ({ owed, delivered }) => owed === 0 && delivered - before.delivered >= events,
    )
    const seconds = used()
    const counts = differences(await observer.counts(), countsBefore)
    return outcome(await stand.topic.batchesFrom(start), startedAt, seconds, counts)
  },
}

/**
 * Events are on the forwarders' books since the sink was down, and in nobody's memory: what the forwarders
 * do by themselves.
 */
const fromLedgers: Measure = {
  name: 'ledgers',
  title: '(c) owed since the sink was down: log, forwarder, sink',
  async run(stand, options) {
    const { observer, gate, runtime } = stand
    const before = await observer.delivery()
    await gate.set('closed')
    const events = await append(stand, options)
    await observer.until('the books', ({ owed, delivered }) => owed + delivered - before.delivered >= events)
    await observer.tellForwarders('forget')
    await gate.set('open')
    const start = await stand.topic.end()
    const countsBefore = await observer.counts()
    const used = countProcessorTime(runtime.processId)
    const startedAt = Date.now()
    await observer.tellForwarders('wake')
    await observer.until(
      'delivery of what was owed',
      ({ owed, delivered }) => owed === 0 && delivered - before.delivered >= events,
    )
    const seconds = used()
    const counts = differences(await observer.counts(), countsBefore)
    return outcome(await stand.topic.batchesFrom(start), startedAt, seconds, counts)
  },
}

export const measures: readonly Measure[] = [sustained, fromLogs, fromLedgers]

function outcome(
  batches: readonly RecordBatch[],
  startedAt: number,
  seconds: number | null,
  counts: Counts,
): Delivered {
  const perSecond = rateSince(startedAt, batches, TIMED_SHARE)
  const events = messagesIn(batches)
  const processorTime = seconds === null ? null : seconds / events
  return { perSecond, batches, processorTime, costs: { counts, events } }
}

function differences(after: Counts, before: Counts): Counts {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]))
}

/** Appends so many events through the API, evenly over the aggregates. Returns how many at least. */
async function append(stand: Stand, { connections: count, events }: PipelineOptions): Promise<number> {
  const connections = await openConnections(stand.runtime.petrel, count)
  let turn = 0
  let appended = 0
  await Promise.all(
    connections.map(async (connection) => {
      while (turn < events) {
        try {
          await appendOne(stand, connection, turn++)
          appended += 1
        } catch (fault) {
          // It may have been carried out.
          if (!(fault instanceof ResetError)) throw fault
        }
      }
    }),
  )
  for (const connection of connections) connection.close()
  return appended
}

let price = 1_000

/** A command that appends exactly one event; no price comes twice. */
async function appendOne({ petrel, skus }: Stand, connection: Connection, turn: number): Promise<void> {
  price += 1
  const path = `/v1/products/${skus[turn % skus.length]}/price`
  expectStatus(await connection.send(wireRequest('POST', path, petrel.operator, { price: usd(price) })), 200)
}
