import { availableParallelism } from 'node:os'
import type { Variant } from '../broken/variant.ts'
import { coverageOf } from '../run/coverage.ts'
import { buildCode } from '../run/scenario.ts'
import { Totals } from '../run/summary.ts'
import { commandFor } from './flags.ts'
import { runSeeds } from './pool.ts'
import { lackText, totalsText, violationsText } from './report.ts'

/** So many failing seeds end a run of many: the next ones say the same. */
const MAX_FAILURES = 5
const PROGRESS_MS = 5_000

/** Runs many seeds in all cores, and shows the first failing ones. Returns the exit status. */
export async function runMany({
  seeds,
  from,
  variant,
}: {
  seeds: number
  from: number
  variant: Variant | null
}): Promise<number> {
  const code = await buildCode(variant?.patches)
  const totals = new Totals()
  const failures: number[] = []
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1_000
  const progress = setInterval(() => {
    const { seeds: done, injected, arrivals } = totals
    const rate = (done / seconds()).toFixed(1)
    console.log(`${done}/${seeds} seeds, ${injected} faults, ${arrivals} events stored, ${rate} seeds/s`)
  }, PROGRESS_MS)
  const stopped = () => {
    console.log(
      `${totalsText(totals, seconds())}\nStopped. Some seeds from ${from + totals.seeds} on have not run.`,
    )
    process.exit(130)
  }
  process.once('SIGINT', stopped)
  const failed = (seed: number, text: string): boolean => {
    failures.push(seed)
    console.log(`seed ${seed}: ${text}`)
    return failures.length < MAX_FAILURES
  }
  await runSeeds(seedsFrom(from, seeds), {
    code,
    threads: availableParallelism(),
    onSummary: (summary) => {
      totals.add(summary)
      return summary.violations.length === 0 || failed(summary.seed, violationsText(summary.violations))
    },
    onFault: failed,
  })
  process.off('SIGINT', stopped)
  clearInterval(progress)
  console.log(totalsText(totals, seconds()))
  for (const seed of failures) console.log(`See more: ${commandFor(seed, variant)}`)
  const lack = lackText(coverageOf(totals.eventTypes), totals.seeds)
  if (lack !== null) console.log(lack)
  return failures.length === 0 && lack === null ? 0 : 1
}

/** So many seeds from one on. */
export function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed
}
