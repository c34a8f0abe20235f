import { setTimeout as pause } from 'node:timers/promises'
import { type LoadResult, type Operation, putLoad, type Span } from '../load/closed-loop.ts'
import { openConnections } from '../load/connection.ts'
import { type Gaps, watchGaps } from '../load/gaps.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Runtime } from '../workerd/environment.ts'
import { countProcessorTime, drain, untilIdle, watchProcessor } from '../workerd/processor.ts'

/** An object that nobody asks is closed after 10 s; all of them have been after so long (ms). */
const CLOSED_AFTER = 11_000
/** How long a drain may take (ms): an overloaded runtime publishes for minutes. */
const DRAIN_AT_MOST = 300_000

/** Load with the share of one processor that the runtime took (`null`: not known). */
export interface Measurement extends LoadResult {
  readonly runtimeLoad: number | null
}

/** A measurement with all that it set off. */
export interface Round extends Measurement {
  readonly drainSeconds: number
  readonly drained: boolean
  /** Completed operations a second, until the runtime was idle again. */
  readonly sustained: number
  /** Processor time of the runtime for each completed operation (ms): with its drain, and after it, to close objects. */
  readonly processorTime: number | null
  readonly closingTime: number | null
  /** Of the whole load. */
  readonly gaps: Gaps
}

/** Puts load on a Worker at a URL, over connections of its own, and watches the process that it runs in. */
export async function measure(
  url: URL,
  processId: number | null,
  operation: Operation,
  connectionCount: number,
  span: Span,
): Promise<Measurement> {
  // Opened anew each time: the runtime closes a connection that has been silent for some seconds.
  const connections = await openConnections(url, connectionCount)
  const runtimeLoad = watchProcessor(processId)
  const result = await putLoad(connections, operation, span)
  const share = runtimeLoad()
  for (const connection of connections) connection.close()
  return { ...result, runtimeLoad: share }
}

/** Measures a scenario once, until nothing is left of it. */
export async function measureRound(
  runtime: Runtime,
  scenario: Scenario,
  operation: Operation,
  connectionCount: number,
  span: Span,
): Promise<Round> {
  const { processId } = runtime
  const used = countProcessorTime(processId)
  const gapsSince = watchGaps(runtime.hello)
  const load = await measure(runtime[scenario.worker], processId, operation, connectionCount, span)
  const gaps = await gapsSince()
  const { seconds, isIdle } = await drain(processId, DRAIN_AT_MOST)
  const worked = used()
  if (scenario.createsObjects && processId !== null) await untilClosed(processId)
  const all = used()
  const each = (time: number | null) => (time === null ? null : (time * 1_000) / load.completed)
  return {
    ...load,
    drainSeconds: seconds,
    drained: isIdle,
    sustained: load.completed / (load.loadSeconds + seconds),
    processorTime: each(worked),
    closingTime: each(all === null || worked === null ? null : all - worked),
    gaps,
  }
}

/** Waits until objects that nobody asks any more are closed. */
export async function untilClosed(processId: number): Promise<void> {
  await pause(CLOSED_AFTER)
  await untilIdle(processId)
}
