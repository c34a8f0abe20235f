import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Plan } from '../plan.ts'
import type { BuiltCode } from '../run/scenario.ts'
import type { Summary } from '../run/summary.ts'
import type { ThreadAnswer } from './thread.ts'

/** A run that takes longer (ms of real time) does not end: code that loops without waiting for anything. */
const STUCK_MS = 180_000

interface PoolOptions {
  readonly code: BuiltCode
  readonly threads: number
  /** Called with each run that has ended. Returns false to stop. */
  onSummary(summary: Summary): boolean
  /** Called with a seed whose run threw, or does not end. Returns false to stop. */
  onFault(seed: number, fault: string): boolean
}

/** Runs seeds, or plans, in several threads. Resolves when all have run, or a callback said stop. */
export async function runSeeds(seeds: Iterator<number | Plan>, options: PoolOptions): Promise<void> {
  let isStopped = false
  const next = (): number | Plan | null => {
    if (isStopped) return null
    const { done, value } = seeds.next()
    return done ? null : value
  }
  const stop = () => {
    isStopped = true
  }
  await Promise.all(Array.from({ length: options.threads }, () => runThread(next, stop, options)))
}

function runThread(
  next: () => number | Plan | null,
  stop: () => void,
  { code, onSummary, onFault }: PoolOptions,
): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(join(import.meta.dirname, 'thread.ts'), {
      workerData: code,
      resourceLimits: { maxOldGenerationSizeMb: 700, maxYoungGenerationSizeMb: 64 },
    })
    let watch: NodeJS.Timeout | undefined
    let current: number | Plan | null = null
    const end = () => {
      clearTimeout(watch)
      void worker.terminate().then(() => resolve())
    }
    const fail = (fault: string) => {
      if (current !== null && !onFault(typeof current === 'number' ? current : current.seed, fault)) stop()
      end()
    }
    const go = () => {
      clearTimeout(watch)
      current = next()
      if (current === null) {
        end()
        return
      }
      watch = setTimeout(() => fail('the run does not end'), STUCK_MS)
      worker.postMessage(current)
    }
    worker.on('message', (answer: ThreadAnswer) => {
      const goesOn = 'summary' in answer ? onSummary(answer.summary) : onFault(answer.seed, answer.fault)
      if (!goesOn) stop()
      go()
    })
    worker.on('error', (fault) => fail(String(fault)))
    go()
  })
}
