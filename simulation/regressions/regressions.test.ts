import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runSeeds } from '../cli/pool.ts'
import { violationText } from '../cli/report.ts'
import { readPlan } from '../plan.ts'
import { buildCode } from '../run/scenario.ts'

/** Plans that broke a promise before a fault of the product was mended; a name says which. */
const plans = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => ({ name, plan: readPlan(readFileSync(join(import.meta.dirname, name), 'utf8')) }))

it('what was broken once is kept now', { timeout: 240_000 }, async () => {
  const broken: string[] = []
  const nameOf = (seed: number) => plans.find(({ plan }) => plan.seed === seed)?.name
  let runs = 0
  await runSeeds(plans.map(({ plan }) => plan).values(), {
    code: await buildCode(),
    threads: 1,
    onSummary: ({ seed, violations }) => {
      runs += 1
      broken.push(...violations.map((one) => `${nameOf(seed)}: ${violationText(one)}`))
      return true
    },
    onFault: (seed, fault) => {
      broken.push(`${nameOf(seed)}: ${fault}`)
      return true
    },
  })
  expect(broken).toEqual([])
  expect(runs).toBe(plans.length)
})
