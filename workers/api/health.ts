import type { Env } from '../../durable-objects/env.ts'
import { observability, type Teller } from '../../durable-objects/observability.ts'
import type { SystemEventData } from '../../shared/core/system-events.ts'
import { MINUTE } from '../../shared/core/time.ts'

/** Each part has to answer within this (ms). */
const ANSWER_WITHIN = 2_000

export interface Health {
  readonly status: 'ok' | 'failing'
  /** What answered in time and what did not. The Worker answers by telling. */
  readonly checks: Readonly<Record<'worker' | 'object' | 'database', 'ok' | 'failing'>>
}

/** Asks an object and the read database whether they are there. */
export async function checkHealth(env: Env): Promise<Health> {
  const [object, database] = await Promise.all([
    answers(() => env.CLOCK.get(env.CLOCK.idFromName('clock')).offset()),
    answers(() => env.DATABASE.prepare('SELECT 1').run()),
  ])
  const checks = { worker: 'ok', object, database } as const
  return { status: object === 'ok' && database === 'ok' ? 'ok' : 'failing', checks }
}

/** When this isolate last told that a request had found everything in order (Unix ms). */
let toldAt = Number.NEGATIVE_INFINITY

/**
 * Tells a probe that found everything in order. A request for /health counts as one, at most once a
 * minute in each isolate: it is how a monitor probes, and the only probe there is under `wrangler dev`.
 */
export function tellHealth(
  teller: Teller,
  { status }: Health,
  probe: SystemEventData<'HealthCheckPassed'>['probe'],
): void {
  if (status !== 'ok') return
  const now = Date.now()
  if (probe === 'request') {
    if (now - toldAt < MINUTE) return
    toldAt = now
  }
  const checks = { worker: 'ok', object: 'ok', database: 'ok' } as const
  observability.tell(teller, 'HealthCheckPassed', { checks, probe })
}

async function answers(ask: () => Promise<unknown>): Promise<'ok' | 'failing'> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<'failing'>((resolve) => {
    timer = setTimeout(() => resolve('failing'), ANSWER_WITHIN)
  })
  try {
    return await Promise.race([ask().then(() => 'ok' as const), late])
  } catch {
    return 'failing'
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
