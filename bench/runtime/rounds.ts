import { openConnections } from '../connection.ts'
import type { Runtime } from '../environment.ts'
import { type LoadResult, type Operation, putLoad, type Span } from '../load.ts'
import { Petrel } from '../petrel.ts'
import { untilIdle, watchProcessor } from '../processor.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Options } from './options.ts'

/** One measurement of a scenario, with the share of one processor that the runtime took (`null`: not known). */
export interface Measurement extends LoadResult {
  readonly runtimeLoad: number | null
}

/** A scenario with what was measured in each round. */
export interface Measured {
  readonly scenario: Scenario
  readonly rounds: readonly Measurement[]
}

/** Before the first round each scenario runs so long (ms), for the runtime to compile what it needs. */
const WARM_UP = { rampUp: 0, measured: 2_000 }

/**
 * Measures all scenarios in turn, round by round, so that whatever else the machine does meets all of
 * them alike. Between two, the runtime finishes what the one before has set off.
 */
export async function measureRounds(
  runtime: Runtime,
  scenarios: readonly Scenario[],
  options: Options,
  logProgress: (progress: string) => void,
): Promise<Measured[]> {
  const petrel = await Petrel.at(runtime.petrel)
  const prepared = []
  for (const scenario of scenarios) {
    logProgress(`preparing ${scenario.name}`)
    const operation = await scenario.prepare(petrel, options.connections)
    prepared.push({ scenario, operation, rounds: [] as Measurement[] })
  }
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const { scenario, operation, rounds } of prepared) {
      await untilIdle(runtime.processId)
      const bare = scenario.worker !== 'petrel'
      const span = round === 0 ? WARM_UP : bare ? options.bareSpan : options.span
      const watched = await measure(
        runtime[scenario.worker],
        runtime.processId,
        operation,
        options.connections,
        span,
      )
      const rate = `${Math.round(watched.perSecond)}/s, p50 ${watched.p50.toFixed(1)} ms, p99 ${watched.p99.toFixed(1)} ms`
      logProgress(
        `${round === 0 ? 'warm-up' : `round ${round} of ${options.rounds}`}: ${scenario.name} ${rate}`,
      )
      if (watched.resets > 0) logProgress(`  ${watched.resets} connections were reset`)
      if (watched.firstFailure !== null) logProgress(`  ${watched.failures} failed: ${watched.firstFailure}`)
      if (round > 0) rounds.push(watched)
    }
  }
  await untilIdle(runtime.processId)
  return prepared.map(({ scenario, rounds }) => ({ scenario, rounds }))
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
  for (const connection of connections) connection.close()
  return { ...result, runtimeLoad: runtimeLoad() }
}
