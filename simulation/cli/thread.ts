import { parentPort, workerData } from 'node:worker_threads'
import { makePlan } from '../make-plan.ts'
import type { Plan } from '../plan.ts'
import { type BuiltCode, loadCode } from '../run/scenario.ts'
import { simulate } from '../run/simulate.ts'
import { type Summary, summaryOf } from '../run/summary.ts'

// One thread of a pool: runs the plans that it is sent, one after another; a number is the seed of one.

/** What a thread answers: a summary, or the fault of the simulator itself. */
export type ThreadAnswer =
  | { readonly seed: number; readonly summary: Summary }
  | { readonly seed: number; readonly fault: string }

const code = loadCode(workerData as BuiltCode)

// A run throws thousands of errors on purpose, and looks at the stack of none.
Error.stackTraceLimit = 0

// Workers log a rejection that nobody handles, and go on.
process.on('unhandledRejection', () => {})

parentPort?.on('message', (work: number | Plan) => {
  void run(typeof work === 'number' ? makePlan(work) : work).then((answer) => parentPort?.postMessage(answer))
})

async function run(plan: Plan): Promise<ThreadAnswer> {
  const { seed } = plan
  try {
    const result = await simulate(plan, code)
    const summary = summaryOf(result)
    result.close()
    return { seed, summary }
  } catch (fault) {
    return { seed, fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }
  }
}
