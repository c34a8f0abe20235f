import { beforeAll, describe, expect, it } from 'vitest'
import { variants } from '../broken/variants.ts'
import { makePlan } from '../make-plan.ts'
import type { Plan } from '../plan.ts'
import { type BuiltCode, buildCode } from '../run/scenario.ts'
import type { Summary } from '../run/summary.ts'
import { runSeeds } from './pool.ts'
import { violationText } from './report.ts'

// Everything here runs in threads of their own, as `bun run simulate` does.
const LIMIT_MS = 240_000

/** Runs seeds one after another in each of some threads; stops at the first that `goesOn` is false for. */
async function summariesOf(
  code: BuiltCode,
  seeds: readonly number[],
  threads: number,
  goesOn: (summary: Summary) => boolean = () => true,
): Promise<Summary[]> {
  const summaries: Summary[] = []
  await runSeeds(seeds.values(), {
    code,
    threads,
    onSummary: (summary) => {
      summaries.push(summary)
      return goesOn(summary)
    },
    onFault: (seed, fault) => {
      throw new Error(`seed ${seed}: ${fault}`)
    },
  })
  return summaries
}

describe('a simulated run', () => {
  let code: BuiltCode

  beforeAll(async () => {
    code = await buildCode()
  }, LIMIT_MS)

  it('keeps every promise of the product', { timeout: LIMIT_MS }, async () => {
    const summaries = await summariesOf(code, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], 2)
    expect(
      summaries.flatMap(({ seed, violations }) => violations.map((one) => `${seed} ${violationText(one)}`)),
    ).toEqual([])
    expect(summaries).toHaveLength(16)
    expect(summaries.reduce((sum, { arrivals }) => sum + arrivals, 0)).toBeGreaterThan(500)
    expect(summaries.some(({ faults }) => (faults['object crashed'] ?? 0) > 0)).toBe(true)
  })

  it('is the same for the same seed, byte for byte, whatever ran before it', {
    timeout: LIMIT_MS,
  }, async () => {
    const [alone, together] = await Promise.all([
      summariesOf(code, [21], 1),
      summariesOf(code, [22, 23, 21, 21], 1),
    ])
    const prints = together.filter(({ seed }) => seed === 21).map(({ fingerprint }) => fingerprint)
    expect(prints).toEqual([alone[0]?.fingerprint, alone[0]?.fingerprint])
    expect(new Set(together.map(({ fingerprint }) => fingerprint)).size).toBe(3)
  })
})

it('notices that a promise is broken', { timeout: LIMIT_MS }, async () => {
  const variant = variants.find(({ name }) => name === 'effect-ids-random') ?? expect.fail()
  const code = await buildCode(variant.patches)
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
  const summaries = await summariesOf(code, seeds, 2, ({ violations }) => violations.length === 0)
  expect(summaries.flatMap(({ violations }) => violations)).not.toEqual([])
})

describe('a thread', () => {
  /** A run whose outcome the number of its forwarders decides, in the code below. */
  const plan = (seed: number, forwarders: number): Plan => ({
    seed,
    configuration: { ...makePlan(seed).configuration, forwarders },
    stories: [],
    faults: [],
  })
  let code: BuiltCode

  beforeAll(async () => {
    code = await buildCode([
      {
        file: 'workers/index.ts',
        find: '  warmed = true\n',
        replace: `  warmed = true
  if (source.env.FORWARDERS === '2') process.exit(7)
  while (source.env.FORWARDERS === '3');
`,
      },
    ])
  }, LIMIT_MS)

  async function outcomesOf(plans: readonly Plan[], stuckMs?: number): Promise<(number | string)[][]> {
    const outcomes: (number | string)[][] = []
    const keep = (seed: number, outcome: string): boolean => outcomes.push([seed, outcome]) > 0
    await runSeeds(plans.values(), {
      ...{ code, threads: 1, onFault: keep, ...(stuckMs !== undefined && { stuckMs }) },
      onSummary: ({ seed, violations }) => keep(seed, `${violations.length} violations`),
    })
    return outcomes
  }

  it('that dies is replaced', { timeout: LIMIT_MS }, async () => {
    expect(await outcomesOf([plan(1, 2), plan(2, 1), plan(3, 2), plan(4, 1)])).toEqual([
      [1, 'the thread ended with 7'],
      [2, '0 violations'],
      [3, 'the thread ended with 7'],
      [4, '0 violations'],
    ])
  })

  it('that hangs is replaced', { timeout: LIMIT_MS }, async () => {
    expect(await outcomesOf([plan(1, 3), plan(2, 3)], 3_000)).toEqual([
      [1, 'the run does not end'],
      [2, 'the run does not end'],
    ])
  })
})
