import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, inject, vi } from 'vitest'
import { clock } from '../../durable-objects/sandbox/clock.ts'

/** The longest wait for the queues (ms): a message that no consumer takes is retried for as long as its file fails it. */
const DRAIN_TIMEOUT_MS = 5_000

/** Resolves when no message waits. */
async function drained(): Promise<void> {
  const deadline = Date.now() + DRAIN_TIMEOUT_MS
  const waiting = async () => {
    const metrics = await Promise.all([env.EVENTS.metrics(), env.PROJECTIONS.metrics()])
    return metrics.some(({ backlogCount }) => backlogCount > 0)
  }
  while ((await waiting()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
}

// Test files share one runtime, which saves two thirds of their time: each begins with empty storage and
// the platform's own clock, which the file before may have moved. A reset would cut off effects under way, and
// events that arrive after it are taken for those of an aggregate of the next file that has the same name.
await clock.settled()
await drained()
await reset()
clock.setOffset(0)
await applyD1Migrations(env.DATABASE, inject('migrations'))

afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
