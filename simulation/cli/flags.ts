import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Variant } from '../broken/variant.ts'
import { variants } from '../broken/variants.ts'
import { makePlan } from '../make-plan.ts'
import { type Plan, readPlan } from '../plan.ts'

const COMMAND = 'npx bun run simulate'
const USAGE = `${COMMAND} [--seeds N] [--from N]            runs N seeds (1000) on all cores, from a seed (1) on
${COMMAND} --seed N [--trace]               runs one seed; one that fails is made shorter, and shown whole
${COMMAND} --plan FILE [--trace]            does the same with a plan that was kept
${COMMAND} --broken [--seeds N]             runs each broken variant until a seed catches it
  --variant NAME   runs this variant instead of the product; with --broken, this one alone
  --list           prints the variants, and the promise that each lacks

Exit status: 0 all is well, 1 a seed fails or a variant is not caught, 2 the command cannot be read.`

/** What the command asks for. */
export type Task =
  | { readonly do: 'help' | 'list' }
  | { readonly do: 'many'; readonly seeds: number; readonly from: number; readonly variant: Variant | null }
  | { readonly do: 'one'; readonly plan: Plan; readonly trace: boolean; readonly variant: Variant | null }
  | { readonly do: 'broken'; readonly seeds: number; readonly variants: readonly Variant[] }

/** A command that cannot be read, and why. */
export class UsageError extends Error {}

export function helpText(): string {
  return USAGE
}

export function variantsText(): string {
  const longest = Math.max(...variants.map(({ name }) => name.length))
  return variants.map(({ name, promise }) => `${name.padEnd(longest)}  ${promise}`).join('\n')
}

/** The command that shows a seed whole. */
export function commandFor(seed: number, variant: Variant | null): string {
  return `${COMMAND} --seed ${seed}${variant ? ` --variant ${variant.name}` : ''}`
}

/** @throws UsageError for flags that are unknown, have no valid value, or do not go together */
export function taskOf(args: readonly string[]): Task {
  const flags = parsed(args)
  const { seed, plan, broken = false, trace = false, list = false, help = false } = flags
  if (help) return { do: 'help' }
  if (list) return { do: 'list' }
  const isOne = seed !== undefined || plan !== undefined
  refuse(seed !== undefined && plan !== undefined, '--seed and --plan do not go together')
  refuse(isOne && broken, `--${seed === undefined ? 'plan' : 'seed'} and --broken do not go together`)
  refuse(isOne && (flags.seeds ?? flags.from) !== undefined, 'one run takes neither --seeds nor --from')
  refuse(trace && !isOne, '--trace is for one run: it needs --seed or --plan')
  refuse(broken && flags.from !== undefined, '--broken begins at seed 1, and takes no --from')
  const variant = flags.variant === undefined ? null : variantNamed(flags.variant)
  const seeds = numberOf('seeds', flags.seeds ?? '1000', 1)
  if (broken) return { do: 'broken', seeds, variants: variant ? [variant] : variants }
  if (seed !== undefined) return { do: 'one', plan: makePlan(numberOf('seed', seed, 0)), trace, variant }
  if (plan !== undefined) return { do: 'one', plan: planIn(plan), trace, variant }
  return { do: 'many', seeds, from: numberOf('from', flags.from ?? '1', 0), variant }
}

function parsed(args: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      tokens: true,
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        seed: { type: 'string' },
        plan: { type: 'string' },
        trace: { type: 'boolean' },
        broken: { type: 'boolean' },
        variant: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    refuse(twice !== undefined, `--${twice} is given twice`)
    return values
  } catch (fault) {
    if (fault instanceof UsageError || !(fault instanceof TypeError)) throw fault
    throw new UsageError(fault.message.split('. ')[0])
  }
}

function refuse(isWrong: boolean, why: string): void {
  if (isWrong) throw new UsageError(why)
}

function numberOf(name: string, text: string, least: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least) return number
  throw new UsageError(`--${name} is a whole number of at least ${least}, and not ${text || 'empty'}`)
}

function variantNamed(name: string): Variant {
  const found = variants.find((variant) => variant.name === name)
  if (!found) throw new UsageError(`there is no variant ${name}; --list prints all`)
  return found
}

function planIn(file: string): Plan {
  try {
    return readPlan(readFileSync(file, 'utf8'))
  } catch (fault) {
    throw new UsageError(`${file} is not a plan: ${fault instanceof Error ? fault.message : String(fault)}`)
  }
}
