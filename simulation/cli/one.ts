import type { Variant } from '../broken/variant.ts'
import type { Plan } from '../plan.ts'
import { buildCode, type Code, loadCode } from '../run/scenario.ts'
import { type RunResult, simulate } from '../run/simulate.ts'
import { failureText } from './report.ts'
import { shrink } from './shrink.ts'

/** Runs that the search for a shorter plan may take. */
const SHRINK_TRIES = 200

/** Runs one plan; a failing one is made shorter, and its shortest form is shown. Returns the exit status. */
export async function runOne({
  plan,
  trace,
  variant,
}: {
  plan: Plan
  trace: boolean
  variant: Variant | null
}): Promise<number> {
  const code = loadCode(await buildCode(variant?.patches))
  const first = await outcomeOf(plan, code, trace ? console.log : undefined)
  if (first.problems.size === 0) {
    console.log(`Seed ${plan.seed} breaks no promise. Fingerprint ${first.fingerprint}`)
    return 0
  }
  console.log(`Seed ${plan.seed} fails (${[...first.problems].join(', ')}). Looking for a shorter plan …`)
  const fails = async (candidate: Plan): Promise<boolean> => {
    const { problems } = await outcomeOf(candidate, code)
    return [...problems].some((problem) => first.problems.has(problem))
  }
  const shortest = await shrink(plan, fails, SHRINK_TRIES)
  const lines: string[] = []
  const last = await outcomeOf(shortest, code, trace ? (line) => lines.push(line) : undefined, failureText)
  if (trace) console.log(`\nThe shortest run:\n${lines.join('\n')}`)
  console.log(`\n${last.text}\n\nThe plan: ${JSON.stringify(shortest)}`)
  return 1
}

/** What a run showed: the invariants that it broke, or the fault that it threw. */
interface Outcome {
  readonly problems: ReadonlySet<string>
  readonly fingerprint: string
  readonly text: string
}

async function outcomeOf(
  plan: Plan,
  code: Code,
  trace?: (line: string) => void,
  textOf: (result: RunResult) => string = () => '',
): Promise<Outcome> {
  try {
    const result = await simulate(plan, code, trace)
    const problems = new Set(result.violations.map(({ invariant }) => invariant))
    const text = textOf(result)
    result.close()
    return { problems, fingerprint: result.fingerprint, text }
  } catch (thrown) {
    const fault = thrown instanceof Error ? thrown : new Error(String(thrown))
    return {
      problems: new Set([`it throws ${fault.message}`]),
      fingerprint: '',
      text: fault.stack ?? fault.message,
    }
  }
}
