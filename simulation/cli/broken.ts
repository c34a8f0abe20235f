import { availableParallelism } from 'node:os'
import type { Variant } from '../broken/variant.ts'
import { coverageOf } from '../run/coverage.ts'
import { type BuiltCode, buildCode } from '../run/scenario.ts'
import type { Summary } from '../run/summary.ts'
import { seedsFrom } from './many.ts'
import { runSeeds } from './pool.ts'
import { COVERED_SEEDS } from './report.ts'

/** A seed that fails, and by which invariant. */
interface Caught {
  readonly seed: number
  readonly by: string
}

/**
 * Runs each variant until a seed catches it, and shows after how many seeds as a table. Progress goes to standard error.
 * Returns the exit status.
 */
export async function runBroken(variants: readonly Variant[], limit: number): Promise<number> {
  const product = await buildCode()
  // Seeds that fail without any variant show nothing about one.
  const failing = new Set<number>()
  const isOfVariant = async ({ seed }: Caught): Promise<boolean> => {
    const found = await firstCaught(product, [seed])
    if (found.length > 0) failing.add(seed)
    return found.length === 0
  }
  console.log('| Variant | The promise that it lacks | Seeds | Caught by |\n|---|---|---:|---|')
  let missed = 0
  for (const [index, { name, promise, patches }] of variants.entries()) {
    console.error(`${index + 1}/${variants.length} ${name}`)
    const caught = await catchVariant(await buildCode(patches), limit, failing, isOfVariant)
    if (!caught) missed += 1
    console.log(`| \`${name}\` | ${promise} | ${caught?.seed ?? `not in ${limit}`} | ${caught?.by ?? ''} |`)
  }
  return missed === 0 ? 0 : 1
}

/**
 * A variant that breaks no invariant, but in which nothing of some kind happens any more: what causes it does nothing.
 * A short run says nothing about that.
 */
export function caughtByCoverage(occurred: ReadonlySet<string>, seeds: number): Caught | null {
  const { lacking } = coverageOf(occurred)
  if (seeds < COVERED_SEEDS || lacking.length === 0) return null
  return { seed: seeds, by: `coverage: no ${lacking.join(', ')}` }
}

/** The first seed that breaks an invariant of a variant, and which; without those that say nothing about it. */
async function catchVariant(
  code: BuiltCode,
  limit: number,
  left: ReadonlySet<number>,
  isOfVariant: (caught: Caught) => Promise<boolean>,
): Promise<Caught | null> {
  const occurred = new Set<string>()
  for (let from = 1; ; ) {
    const seeds = [...seedsFrom(from, limit + 1 - from)].filter((seed) => !left.has(seed))
    const found = await firstCaught(code, seeds, occurred)
    for (const caught of found) if (await isOfVariant(caught)) return caught
    const last = found.at(-1)
    if (!last) return caughtByCoverage(occurred, limit)
    from = last.seed + 1
  }
}

/**
 * The first failing seeds, in their order: several only if several threads found one at the same time.
 *
 * @param occurred gets the types of events of these runs
 */
async function firstCaught(
  code: BuiltCode,
  seeds: readonly number[],
  occurred: Set<string> = new Set(),
): Promise<Caught[]> {
  const caught: Caught[] = []
  await runSeeds(seeds.values(), {
    code,
    threads: Math.min(availableParallelism(), seeds.length),
    onSummary: ({ seed, eventTypes, violations: [first] }: Summary) => {
      for (const type of eventTypes) occurred.add(type)
      if (first) caught.push({ seed, by: first.invariant })
      return caught.length === 0
    },
    onFault: (seed, fault) => {
      caught.push({ seed, by: fault.split('\n')[0] ?? '' })
      return false
    },
  })
  return caught.sort((one, other) => one.seed - other.seed)
}
