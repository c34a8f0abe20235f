import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Plan } from '../plan.ts'
import type { BuiltCode } from '../run/scenario.ts'
import type { Summary } from '../run/summary.ts'
import type { ThreadAnswer } from './thread.ts'

/** A run that takes longer (ms of real time) does not end: code that loops without waiting for anything. */
const STUCK_MS = 180_000

/** A plan, or the seed of one. */
type Work = number | Plan

interface PoolOptions {
  readonly code: BuiltCode
  readonly threads: number
  /** Called with each run that has ended. Returns false to stop. */
  onSummary(summary: Summary): boolean
  /** Called with a seed whose run threw, or does not end. Returns false to stop. */
  onFault(seed: number, fault: string): boolean
  /** See `STUCK_MS`. */
  readonly stuckMs?: number
}

/** Runs seeds, or plans, in several threads. Resolves when all have run, or a callback said stop. */
export async function runSeeds(seeds: Iterator<Work>, options: PoolOptions): Promise<void> {
  let isStopped = false
  const next = (): Work | null => {
    if (isStopped) return null
    const { done, value } = seeds.next()
    return done ? null : value
  }
  const stop = () => {
    isStopped = true
  }
  await Promise.all(Array.from({ length: options.threads }, () => runAll(next, stop, options)))
}

/** Runs one after another. A thread that hangs or has died is replaced: the next run gets a new one. */
async function runAll(next: () => Work | null, stop: () => void, options: PoolOptions): Promise<void> {
  for (let first = next(); first !== null; first = next()) await runThread(first, next, stop, options)
}

/** Runs in one thread until nothing is left to run, or one of them breaks the thread. */
function runThread(
  first: Work,
  next: () => Work | null,
  stop: () => void,
  { code, onSummary, onFault, stuckMs = STUCK_MS }: PoolOptions,
): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(join(import.meta.dirname, 'thread.ts'), {
      workerData: code,
      resourceLimits: { maxOldGenerationSizeMb: 700, maxYoungGenerationSizeMb: 64 },
    })
    let watch: NodeJS.Timeout | undefined
    let current: Work | null = null
    const end = () => {
      clearTimeout(watch)
      void worker.terminate().then(() => resolve())
    }
    const fail = (fault: string) => {
      // A thread that has ended by a fault ends once more.
      if (current === null) return
      const seed = typeof current === 'number' ? current : current.seed
      current = null
      if (!onFault(seed, fault)) stop()
      end()
    }
    const go = (work: Work | null) => {
      clearTimeout(watch)
      current = work
      if (work === null) {
        end()
        return
      }
      watch = setTimeout(() => fail('the run does not end'), stuckMs)
      worker.postMessage(work)
    }
    worker.on('message', (answer: ThreadAnswer) => {
      // It was given up, and answers after all.
      if (current === null) return
      const goesOn = 'summary' in answer ? onSummary(answer.summary) : onFault(answer.seed, answer.fault)
      if (!goesOn) stop()
      go(next())
    })
    worker.on('error', (fault) => fail(String(fault)))
    worker.on('exit', (status) => fail(`the thread ended with ${status}`))
    go(first)
  })
}
