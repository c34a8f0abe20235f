import { putLoad } from '../load/closed-loop.ts'
import { openConnections, ResetError } from '../load/connection.ts'
import { arriveAtRate } from '../load/open-loop.ts'
import { numbered, Petrel } from '../petrel.ts'
import { SPREAD } from '../scenarios/bare.ts'
import { type Call, calls, openShop } from '../scenarios/checkout.ts'
import { median, percentile } from '../statistics.ts'
import { logProgress } from '../suite.ts'
import type { Runtime } from '../workerd/environment.ts'
import { drain } from '../workerd/processor.ts'
import type { Options } from './options.ts'

/** How much of what a runtime can sustain it is offered at a fixed rate. */
const OFFERED = 0.8

/** Milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** Checkouts of a single buyer, one after another. */
export interface SingleConnection {
  readonly checkouts: number
  readonly whole: Latency
  readonly calls: Readonly<Record<Call, Latency>>
}

/** Checkouts that begin at a fixed rate. Latencies count from the moment at which each was to begin. */
export interface OpenLoop extends Latency {
  readonly offered: number
  readonly checkouts: number
}

/** What the buyers of checkouts wait for. */
export interface CheckoutLatency {
  readonly single: SingleConnection
  /** `null` where it is not known what the runtime sustains. */
  readonly open: OpenLoop | null
  readonly failures: number
  readonly resets: number
  readonly firstFailure: string | null
}

/** Measures what buyers wait for; `sustained`: the checkouts a second that the runtime has been found to sustain. */
export async function measureLatency(
  runtime: Runtime,
  options: Options,
  sustained: number | null,
): Promise<CheckoutLatency> {
  const petrel = await Petrel.at(runtime.petrel)
  const buy = await openShop(petrel, options.connections, numbered('BENCH-LATENCY', SPREAD))
  await drain(runtime.processId)
  const times: Record<Call, number>[] = []
  const [one] = await openConnections(runtime.petrel, 1)
  if (!one) throw new Error('there is no connection')
  const load = await putLoad(
    [one],
    async (connection, turn) => {
      times.push((await buy(connection, turn, 0)).times)
    },
    { rampUp: 0, measured: options.measured },
  )
  one.close()
  const of = (call: Call) => latencyOf(times.map((time) => time[call]))
  const single: SingleConnection = {
    checkouts: times.length,
    whole: latencyOf(times.map((time) => calls.reduce((sum, call) => sum + time[call], 0))),
    calls: { cart: of('cart'), item: of('item'), checkout: of('checkout') },
  }
  logProgress(
    `  one connection: p50 ${single.whole.p50.toFixed(0)} ms, p99 ${single.whole.p99.toFixed(0)} ms`,
  )
  await drain(runtime.processId)
  const { failures, resets, firstFailure } = load
  if (sustained === null) return { single, open: null, failures, resets, firstFailure }

  const failed = { failures, resets, firstFailure }
  const latencies: number[] = []
  const connections = await openConnections(runtime.petrel, options.connections)
  const perSecond = sustained * OFFERED
  await arriveAtRate(
    connections,
    async (connection, turn, index) => {
      await buy(connection, turn, index)
    },
    { perSecond, milliseconds: options.openLoop },
    ({ latency, fault }) => {
      if (fault === null) latencies.push(latency)
      else if (fault instanceof ResetError) failed.resets += 1
      else {
        failed.failures += 1
        failed.firstFailure ??= fault instanceof Error ? fault.message : String(fault)
      }
    },
  )
  for (const connection of connections) connection.close()
  const open = { ...latencyOf(latencies), offered: perSecond, checkouts: latencies.length }
  logProgress(
    `  ${perSecond.toFixed(1)}/s offered: p50 ${open.p50.toFixed(0)} ms, p99 ${open.p99.toFixed(0)} ms`,
  )
  await drain(runtime.processId)
  return { single, open, ...failed }
}

function latencyOf(times: readonly number[]): Latency {
  return { p50: median(times), p99: percentile(times, 0.99) }
}
