import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, inject, vi } from 'vitest'

// Test files share one runtime, which saves two thirds of their time: each begins with empty storage and
// the platform's own clock.
await reset()
await applyD1Migrations(env.DATABASE, inject('migrations'))

afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
