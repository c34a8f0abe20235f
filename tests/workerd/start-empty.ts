import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, inject, vi } from 'vitest'
import { clock } from '../../durable-objects/sandbox/clock.ts'

// Test files share one runtime, which saves two thirds of their time: each begins with empty storage and
// the platform's own clock, which the file before may have moved. A reset would cut off effects under way.
await clock.settled()
await reset()
clock.setOffset(0)
await applyD1Migrations(env.DATABASE, inject('migrations'))

afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
