import { join } from 'node:path'
import { type Operation, putLoad, type Span } from '../load/closed-loop.ts'
import { openConnections, ResetError } from '../load/connection.ts'
import { arriveAtRate } from '../load/open-loop.ts'
import { thisMachine } from '../machine.ts'
import { numbered, Petrel } from '../petrel.ts'
import { SPREAD } from '../scenarios/bare.ts'
import { openShop } from '../scenarios/checkout.ts'
import { percentile } from '../statistics.ts'
import { logProgress, type Suite } from '../suite.ts'
import { buildPetrel } from '../workerd/bundle.ts'
import { type Runtime, startRuntime } from '../workerd/environment.ts'
import { drain } from '../workerd/processor.ts'
import { withFolder } from '../workerd/workspace.ts'
import { audit, type Bought } from './audit.ts'
import { readSoakOptions, SOAK_USAGE, type SoakOptions } from './options.ts'
import { type SoakReport, verdict } from './report.ts'
import { lineOf, lookAt, type Sample } from './sample.ts'

/** How much of what the runtime sustains it is offered, and how long it is loaded to find that out. */
const OFFERED = 0.8
const TRIAL = { rampUp: 0, measured: 10_000 }
/** Before, for the runtime to compile what it needs. */
const WARM_UP = { rampUp: 0, measured: 3_000 }
const SAMPLE_EVERY = 10_000
/** How long the runtime may go on afterwards (ms). */
const DRAIN_AT_MOST = 300_000

/** Checkouts at a constant rate for a long time: what only time shows. */
export const soakSuite: Suite = {
  summary: 'checkouts at a constant rate for a long time: memory, lag, and whether anything is lost',
  usage: SOAK_USAGE,
  run(args) {
    const options = readSoakOptions(args)
    return withFolder(options.storage, async (folder) => {
      logProgress('building the Worker')
      const runtime = await startRuntime(await buildPetrel(join(folder, 'bundle')), join(folder, 'storage'))
      try {
        const { text, isGood } = verdict(await soak(runtime, options))
        process.stdout.write(`\n${text}`)
        return isGood ? 0 : 1
      } finally {
        await runtime.stop()
        const [first] = runtime.complaints
        if (first !== undefined)
          logProgress(`the runtime wrote ${runtime.complaints.length} lines of complaint, first:\n${first}`)
      }
    })
  },
}

async function soak(runtime: Runtime, options: SoakOptions): Promise<SoakReport> {
  const petrel = await Petrel.at(runtime.petrel)
  const bought: Bought[] = []
  const buy = await openShop(petrel, options.connections, numbered('BENCH-SOAK', SPREAD))
  const operation: Operation = async (...where) => {
    const { orderId, cartId } = await buy(...where)
    bought.push({ orderId, cartId })
  }
  await drain(runtime.processId)
  const offered = options.rate ?? OFFERED * (await trySustained(runtime, operation, options))
  logProgress(`${offered.toFixed(1)} checkouts begin a second, for ${options.minutes} minutes`)
  const loaded = await load(runtime, petrel, operation, offered, options)
  const { seconds, isIdle } = await drain(runtime.processId, DRAIN_AT_MOST)
  const { parked } = await lookAt(petrel, runtime)
  logProgress(`reading ${bought.length} orders and the lake`)
  return {
    machine: thisMachine(),
    offered,
    ...loaded,
    drainSeconds: seconds,
    drained: isIdle,
    parked,
    audit: await audit(petrel, bought),
  }
}

/** Checkouts a second that a short load finds to be sustained. */
async function trySustained(
  runtime: Runtime,
  operation: Operation,
  { connections: count }: SoakOptions,
): Promise<number> {
  const loadFor = async (span: Span) => {
    const connections = await openConnections(runtime.petrel, count)
    const result = await putLoad(connections, operation, span)
    for (const connection of connections) connection.close()
    const { seconds } = await drain(runtime.processId, DRAIN_AT_MOST)
    // How long the drain took is not known everywhere.
    return { ...result, drainSeconds: Number.isNaN(seconds) ? 0 : seconds }
  }
  await loadFor(WARM_UP)
  const { completed, loadSeconds, drainSeconds, firstFailure } = await loadFor(TRIAL)
  if (completed === 0) throw new Error(`no checkout succeeded: ${firstFailure ?? 'all were reset'}`)
  const sustained = completed / (loadSeconds + drainSeconds)
  logProgress(`sustained: ${sustained.toFixed(1)} checkouts a second`)
  return sustained
}

/** The load itself, with a sample every few seconds. */
async function load(
  runtime: Runtime,
  petrel: Petrel,
  operation: Operation,
  perSecond: number,
  { connections: count, minutes }: SoakOptions,
): Promise<Pick<SoakReport, 'samples' | 'failures' | 'resets' | 'firstFailure'>> {
  const samples: Sample[] = []
  const all = { orders: 0, failures: 0, resets: 0, firstFailure: null as string | null }
  const startedAt = performance.now()
  let since = { at: startedAt, latencies: [] as number[], failures: 0 }
  const sample = async () => {
    const { at, latencies, failures } = since
    const now = performance.now()
    since = { at: now, latencies: [], failures: 0 }
    const one: Sample = {
      seconds: (now - startedAt) / 1_000,
      orders: all.orders,
      perSecond: latencies.length / ((now - at) / 1_000),
      p99: percentile(latencies, 0.99),
      failures,
      ...(await lookAt(petrel, runtime)),
    }
    samples.push(one)
    logProgress(lineOf(one))
  }
  let sampling = Promise.resolve()
  let unread: unknown = null
  const timer = setInterval(() => {
    // One at a time; a runtime that does not answer is a failure, and ends nothing.
    sampling = sampling.then(sample).catch((fault: unknown) => {
      unread ??= fault
    })
  }, SAMPLE_EVERY)
  const connections = await openConnections(runtime.petrel, count)
  await arriveAtRate(
    connections,
    operation,
    { perSecond, milliseconds: minutes * 60_000 },
    ({ latency, fault }) => {
      if (fault === null) {
        all.orders += 1
        since.latencies.push(latency)
        return
      }
      since.failures += 1
      if (fault instanceof ResetError) all.resets += 1
      else {
        all.failures += 1
        all.firstFailure ??= fault instanceof Error ? fault.message : String(fault)
      }
    },
  )
  clearInterval(timer)
  await sampling
  for (const connection of connections) connection.close()
  if (unread !== null) {
    all.failures += 1
    all.firstFailure ??= `the state could not be read: ${unread instanceof Error ? unread.message : String(unread)}`
  }
  const { failures, resets, firstFailure } = all
  return { samples, failures, resets, firstFailure }
}
