import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../statistics.ts'
import { Connection, ResetError, wireRequest } from './connection.ts'

/** How often the bare Worker is asked (ms). */
const ASK_EVERY = 20

/** How long the runtime answered nobody (ms): between two answers of a Worker that has nothing to do. */
export interface Gaps {
  readonly p99: number
  readonly longest: number
  readonly resets: number
}

/**
 * Asks the bare Worker of a busy process again and again, over a connection of its own, and times its answers. The
 * process has one loop for all Workers: while it does not turn, nobody is served. The returned function ends it.
 */
export function watchGaps(hello: URL): () => Promise<Gaps> {
  const connection = new Connection(hello)
  const request = wireRequest('GET', '/')
  const gaps: number[] = []
  let resets = 0
  let isWatched = true
  let answeredAt = performance.now()
  const note = () => {
    const now = performance.now()
    gaps.push(now - answeredAt)
    answeredAt = now
  }
  const watch = async () => {
    while (isWatched) {
      const askedAt = performance.now()
      try {
        await connection.send(request)
        note()
      } catch (fault) {
        if (!(fault instanceof ResetError)) throw fault
        resets += 1
      }
      await pause(Math.max(0, ASK_EVERY - (performance.now() - askedAt)))
    }
  }
  const watched = watch()
  return async () => {
    isWatched = false
    await watched
    connection.close()
    return { p99: percentile(gaps, 0.99), longest: Math.max(...gaps), resets }
  }
}
