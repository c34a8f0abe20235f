import { Petrel } from '../petrel.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { logProgress } from '../suite.ts'
import type { Runtime } from '../workerd/environment.ts'
import { untilIdle } from '../workerd/processor.ts'
import type { Options } from './options.ts'
import { measureRound, type Round } from './round.ts'

/** A scenario with what was measured in each round. */
export interface Measured {
  readonly scenario: Scenario
  readonly rounds: readonly Round[]
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
  storage: string,
): Promise<Measured[]> {
  const petrel = await Petrel.at(runtime.petrel)
  const prepared = []
  for (const scenario of scenarios) {
    logProgress(`${storage}: preparing ${scenario.name}`)
    const operation = await scenario.prepare(petrel, options.connections)
    prepared.push({ scenario, operation, rounds: [] as Round[] })
  }
  await untilIdle(runtime.processId)
  for (let number = 0; number <= options.rounds; number += 1) {
    for (const { scenario, operation, rounds } of prepared) {
      const bare = scenario.worker !== 'petrel'
      const span = number === 0 ? WARM_UP : bare ? options.bareSpan : options.span
      const round = await measureRound(runtime, scenario, operation, options.connections, span)
      const which = number === 0 ? 'warm-up' : `round ${number} of ${options.rounds}`
      logProgress(`${storage}, ${which}: ${scenario.name} ${describe(round)}`)
      if (round.resets > 0) logProgress(`  ${round.resets} connections were reset`)
      if (round.firstFailure !== null) logProgress(`  ${round.failures} failed: ${round.firstFailure}`)
      if (number > 0) rounds.push(round)
    }
  }
  return prepared.map(({ scenario, rounds }) => ({ scenario, rounds }))
}

function describe({ perSecond, sustained, drainSeconds, p50, p99, gaps, processorTime }: Round): string {
  const cost = processorTime === null ? '' : `, ${processorTime.toFixed(2)} ms CPU`
  return (
    `${perSecond.toFixed(1)}/s, sustained ${sustained.toFixed(1)}/s, drain ${drainSeconds.toFixed(1)} s, ` +
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest gap ${gaps.longest.toFixed(0)} ms${cost}`
  )
}
