import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS = 100
/** Looks at the processor so often (ms), and takes less than this share of it for idleness. */
const LOOK_EVERY = 500
const IDLE_BELOW = 0.04
/** So many idle looks in a row: longer than events wait for company, in an object (1 s) or a queue (2 s). */
const IDLE_LOOKS = 6

/** The workerds that this process has started and that still run; none where there is no /proc to find them in. */
export function runtimeProcesses(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '))
      .filter((child) => child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('workerd'))
      .map(Number)
  } catch {
    return []
  }
}

/** Seconds of processor time that a process has used. */
function processorTime(id: number): number {
  // The name of the process, in parentheses, may itself hold blanks.
  const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Starts to count; the returned function tells how many seconds of a processor the process has used since. */
export function countProcessorTime(id: number | null): () => number | null {
  if (id === null) return () => null
  const before = processorTime(id)
  return () => processorTime(id) - before
}

/** Starts to watch a process; the returned function tells the share of one processor used since (0 to 1). */
export function watchProcessor(id: number | null): () => number | null {
  if (id === null) return () => null
  const time = processorTime(id)
  const at = performance.now()
  return () => (processorTime(id) - time) / ((performance.now() - at) / 1_000)
}

/** How long the runtime went on after a load (s), and whether it came to an end in the time that it was given. */
export interface Drain {
  readonly seconds: number
  readonly isIdle: boolean
}

/**
 * Waits until the runtime has nothing left to do, and tells how long it had: the idle time by which that is known does
 * not count. Without /proc it waits as long as publication takes at its slowest when nothing queues up.
 */
export async function drain(id: number | null, atMost = 60_000): Promise<Drain> {
  if (id === null) {
    await pause(8_000)
    return { seconds: Number.NaN, isIdle: true }
  }
  const startedAt = performance.now()
  let busyUntil = startedAt
  for (let idle = 0; idle < IDLE_LOOKS; ) {
    const now = performance.now()
    if (now > startedAt + atMost) return { seconds: (now - startedAt) / 1_000, isIdle: false }
    const load = watchProcessor(id)
    await pause(LOOK_EVERY)
    const isIdle = (load() ?? 0) < IDLE_BELOW
    idle = isIdle ? idle + 1 : 0
    if (!isIdle) busyUntil = performance.now()
  }
  return { seconds: (busyUntil - startedAt) / 1_000, isIdle: true }
}

/** Waits until the runtime has nothing left to do: what one measurement set off must not be paid for by the next. */
export async function untilIdle(id: number | null, atMost = 60_000): Promise<boolean> {
  return (await drain(id, atMost)).isIdle
}

/** The memory that a process keeps resident (MB); `null` where there is no /proc. */
export function residentMemory(id: number | null): number | null {
  if (id === null) return null
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) / 1_024
}
