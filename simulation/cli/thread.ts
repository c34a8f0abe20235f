import { parentPort, workerData } from 'node:worker_threads'
import { makePlan } from '../make-plan.ts'
import { type BuiltCode, loadCode } from '../run/scenario.ts'
import { simulate } from '../run/simulate.ts'
import { type Summary, summaryOf } from '../run/summary.ts'

// One thread of a pool: runs the seeds that it is sent, one after another.

/** What a thread answers: a summary, or the fault of the simulator itself. */
export type ThreadAnswer =
  | { readonly seed: number; readonly summary: Summary }
  | { readonly seed: number; readonly fault: string }

const code = loadCode(workerData as BuiltCode)

// A run throws thousands of errors on purpose, and looks at the stack of none.
Error.stackTraceLimit = 0

// Workers log a rejection that nobody handles, and go on.
process.on('unhandledRejection', () => {})

parentPort?.on('message', (seed: number) => {
  void run(seed).then((answer) => parentPort?.postMessage(answer))
})

async function run(seed: number): Promise<ThreadAnswer> {
  try {
    const result = await simulate(makePlan(seed), code)
    const summary = summaryOf(result)
    result.close()
    return { seed, summary }
  } catch (fault) {
    return { seed, fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }
  }
}
