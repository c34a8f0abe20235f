import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { variants } from '../broken/variants.ts'
import { makePlan } from '../make-plan.ts'
import type { Plan } from '../plan.ts'
import { type BuiltCode, buildCode, loadCode } from '../run/scenario.ts'
import { simulate } from '../run/simulate.ts'
import { type Summary, Totals } from '../run/summary.ts'
import { runSeeds } from './pool.ts'
import { failureText, totalsText, violationText } from './report.ts'
import { shrink } from './shrink.ts'

const USAGE = `bun run simulate [--seeds N] [--from N]   runs many seeds
bun run simulate --seed N [--trace]       runs one; a failing one is made shorter and shown whole
bun run simulate --broken [--seeds N]     runs each variant that lacks a promise, until it is caught
          --variant NAME                  runs that variant instead of the product`

/** Runs that the search for a shorter plan may take. */
const SHRINK_TRIES = 200
/** So many failing seeds end a run of many: the next ones say the same. */
const MAX_FAILURES = 5
const PROGRESS_MS = 5_000

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    broken: { type: 'boolean', default: false },
    variant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

// Workers log a rejection that nobody handles, and go on.
process.on('unhandledRejection', () => {})

process.exitCode = await main()

async function main(): Promise<number> {
  if (flags.help) {
    console.log(USAGE)
    return 0
  }
  if (flags.broken) return showBroken(numberOf('seeds', flags.seeds))
  const variant = flags.variant === undefined ? null : variants.find(({ name }) => name === flags.variant)
  if (variant === undefined) {
    console.error(
      `There is no variant ${flags.variant}. Variants: ${variants.map(({ name }) => name).join(', ')}`,
    )
    return 2
  }
  const code = await buildCode(variant?.patches)
  return flags.seed === undefined
    ? runMany(code, numberOf('from', flags.from), numberOf('seeds', flags.seeds))
    : showOne(code, numberOf('seed', flags.seed))
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  console.error(`--${name} is a whole number, and not ${text}\n\n${USAGE}`)
  process.exit(2)
}

/** Runs many seeds in all cores; shows the first failing ones. */
async function runMany(code: BuiltCode, from: number, count: number): Promise<number> {
  const totals = new Totals()
  const failures: { seed: number; text: string }[] = []
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1_000
  const progress = setInterval(() => {
    const { seeds, injected, arrivals } = totals
    const rate = (seeds / seconds()).toFixed(1)
    console.log(`${seeds}/${count} seeds, ${injected} faults, ${arrivals} events stored, ${rate} seeds/s`)
  }, PROGRESS_MS)
  const failed = (seed: number, text: string): boolean => {
    failures.push({ seed, text })
    console.log(`seed ${seed}: ${text}`)
    return failures.length < MAX_FAILURES
  }
  await runSeeds(seedsFrom(from, count), {
    code,
    threads: availableParallelism(),
    onSummary: (summary) => {
      totals.add(summary)
      return (
        summary.violations.length === 0 ||
        failed(summary.seed, summary.violations.map(violationText).join('\n'))
      )
    },
    onFault: failed,
  })
  clearInterval(progress)
  console.log(totalsText(totals, seconds()))
  const variant = flags.variant === undefined ? '' : ` --variant ${flags.variant}`
  for (const { seed } of failures) console.log(`See more: bun run simulate --seed ${seed}${variant}`)
  return failures.length === 0 ? 0 : 1
}

function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed
}

/** Runs one seed; a failing one is made shorter, and its shortest form is shown. */
async function showOne(built: BuiltCode, seed: number): Promise<number> {
  const code = loadCode(built)
  const plan = makePlan(seed)
  const first = await simulate(plan, code, flags.trace ? console.log : undefined)
  const broken = new Set(first.violations.map(({ invariant }) => invariant))
  first.close()
  if (broken.size === 0) {
    console.log(`Seed ${seed} breaks no promise. Fingerprint ${first.fingerprint}`)
    return 0
  }
  console.log(`Seed ${seed} fails (${[...broken].join(', ')}). Looking for a shorter plan …`)
  const fails = async (candidate: Plan): Promise<boolean> => {
    const result = await simulate(candidate, code).catch(() => null)
    result?.close()
    return result?.violations.some(({ invariant }) => broken.has(invariant)) ?? false
  }
  const shortest = await shrink(plan, fails, SHRINK_TRIES)
  const lines: string[] = []
  const result = await simulate(shortest, code, flags.trace ? (line) => lines.push(line) : undefined)
  if (flags.trace) console.log(`\nThe shortest run:\n${lines.join('\n')}`)
  console.log(`\n${failureText(result)}\n\nThe plan: ${JSON.stringify(shortest)}`)
  result.close()
  return 1
}

/** A seed that fails, and by which invariant. */
interface Caught {
  readonly seed: number
  readonly by: string
}

/** Runs each variant until a seed catches it, and shows after how many seeds as a table. */
async function showBroken(limit: number): Promise<number> {
  const chosen =
    flags.variant === undefined ? variants : variants.filter(({ name }) => name === flags.variant)
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
  for (const { name, promise, patches } of chosen) {
    const caught = await catchVariant(await buildCode(patches), limit, failing, isOfVariant)
    if (!caught) missed += 1
    console.log(`| \`${name}\` | ${promise} | ${caught?.seed ?? `not in ${limit}`} | ${caught?.by ?? ''} |`)
  }
  return missed === 0 ? 0 : 1
}

/** The first seed that breaks an invariant of a variant, and which; without those that say nothing about it. */
async function catchVariant(
  code: BuiltCode,
  limit: number,
  left: ReadonlySet<number>,
  isOfVariant: (caught: Caught) => Promise<boolean>,
): Promise<Caught | null> {
  for (let from = 1; ; ) {
    const seeds = [...seedsFrom(from, limit + 1 - from)].filter((seed) => !left.has(seed))
    const found = await firstCaught(code, seeds)
    for (const caught of found) if (await isOfVariant(caught)) return caught
    const last = found.at(-1)
    if (!last) return null
    from = last.seed + 1
  }
}

/** The first failing seeds, in their order: several only if several threads found one at the same time. */
async function firstCaught(code: BuiltCode, seeds: readonly number[]): Promise<Caught[]> {
  const caught: Caught[] = []
  await runSeeds(seeds.values(), {
    code,
    threads: Math.min(availableParallelism(), seeds.length),
    onSummary: ({ seed, violations: [first] }: Summary) => {
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
