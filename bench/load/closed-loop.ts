import { percentile } from '../statistics.ts'
import { type Connection, ResetError } from './connection.ts'

/** One operation under load: a request, or several that belong together. `turn` counts up over all connections. */
export type Operation = (connection: Connection, turn: number, connectionIndex: number) => Promise<void>

/** For how long load is put on (ms): `rampUp` is not measured, so that what follows a command has set in. */
export interface Span {
  readonly rampUp: number
  readonly measured: number
}

/** What was seen in the measured span. */
export interface LoadResult {
  /** Operations that ended well. */
  readonly operations: number
  /** The same of the whole load, with its ramp-up and with what was under way at its end, and how long it took (s). */
  readonly completed: number
  readonly loadSeconds: number
  readonly perSecond: number
  /** Latencies in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Wrong answers. */
  readonly failures: number
  /** Connections that the runtime closed before it answered, as it does with all at once when it is starved. */
  readonly resets: number
  /** The first failure, for diagnosis. */
  readonly firstFailure: string | null
  /** How much of one processor this client took, 0 to 1: near 1 it would have measured itself. */
  readonly clientLoad: number
}

/** Keeps every connection busy with one operation after another. */
export async function putLoad(
  connections: readonly Connection[],
  operation: Operation,
  { rampUp, measured }: Span,
): Promise<LoadResult> {
  const begin = performance.now() + rampUp
  const end = begin + measured
  const latencies: number[] = []
  let turn = 0
  let completed = 0
  let failures = 0
  let resets = 0
  let firstFailure: string | null = null
  const work = async (connection: Connection, index: number) => {
    for (let started = performance.now(); started < end; ) {
      try {
        await operation(connection, turn++, index)
        const ended = performance.now()
        completed += 1
        // Counted where it ends, so that slow operations are neither lost nor counted twice.
        if (ended >= begin && ended < end) latencies.push(ended - started)
      } catch (fault) {
        if (fault instanceof ResetError) {
          resets += 1
        } else {
          failures += 1
          firstFailure ??= fault instanceof Error ? fault.message : String(fault)
        }
      }
      started = performance.now()
    }
  }
  const usedBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(connections.map(work))
  const used = process.cpuUsage(usedBefore)
  const loadSeconds = (performance.now() - startedAt) / 1_000
  return {
    operations: latencies.length,
    completed,
    loadSeconds,
    perSecond: latencies.length / (measured / 1_000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    failures,
    resets,
    firstFailure,
    clientLoad: (used.user + used.system) / 1_000_000 / loadSeconds,
  }
}
