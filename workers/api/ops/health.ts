import { configurationOf, type Setting } from '../../../durable-objects/adapters/configuration.ts'
import { type CurrencySetting, currencyConfiguration } from '../../../durable-objects/adapters/currencies.ts'
import { emailAddressSecret, signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { type TelemetrySource, telemetry } from '../../../durable-objects/telemetry.ts'
import type { SystemEventData } from '../../../shared/core/system-events.ts'
import { MINUTE } from '../../../shared/core/time.ts'
import { isMigrated } from '../../read-models/schema.ts'

/** Each part has to answer within this (ms). */
const CHECK_TIMEOUT_MS = 2_000

type Part = 'worker' | 'object' | 'database' | 'queues' | 'lake' | 'configuration'

export interface Health {
  readonly status: 'ok' | 'failing'
  /** What answered in time and what did not. The Worker answers by telling. */
  readonly checks: Readonly<Record<Part, 'ok' | 'failing'>>
  /** Settings without which this deployment refuses some of its work, or all of it. Names, never values. */
  readonly notConfigured: readonly ('JWT_SECRET' | 'EMAIL_ADDRESS_SECRET' | CurrencySetting | Setting)[]
  /** In production: settings that name what only plays. */
  readonly sandbox: readonly Setting[]
}

/**
 * Asks for all that an "ok" vouches for: an object, the read database at this release's migrations, the lake
 * bucket, the bindings of the queues (which cannot be asked without a message), and the settings.
 */
export async function checkHealth(env: Env): Promise<Health> {
  const [object, database, queues, lake] = await Promise.all([
    answers(() => env.CLOCK.getByName('clock').offset()),
    answers(async () => {
      if (!(await isMigrated(env.DATABASE))) throw new Error('migrations are missing')
    }),
    answers(async () => {
      for (const queue of [env.EVENTS, env.PROJECTIONS])
        if (typeof queue.sendBatch !== 'function') throw new Error('a queue is not bound')
    }),
    answers(() => env.LAKE.head('health')),
  ])
  const { missing, sandbox } = configurationOf(env)
  const currencies = currencyConfiguration(env)
  const notConfigured = [
    ...(signingSecret(env) === null ? ['JWT_SECRET' as const] : []),
    ...(env.EMAIL_ADDRESS_SECRET && emailAddressSecret(env) === null
      ? ['EMAIL_ADDRESS_SECRET' as const]
      : []),
    ...missing.map(({ setting }) => setting),
    ...(currencies.ok ? [] : [currencies.setting]),
  ]
  const configuration = notConfigured.length === 0 ? 'ok' : 'failing'
  const checks = { worker: 'ok', object, database, queues, lake, configuration } as const
  const status = Object.values(checks).every((state) => state === 'ok') ? 'ok' : 'failing'
  return { status, checks, notConfigured, sandbox }
}

/** What a person reads of a health that is not ok. */
export function healthDetail({ checks, notConfigured }: Health): string {
  const silent = Object.entries(checks).flatMap(([part, state]) =>
    state === 'ok' || part === 'configuration' ? [] : [part],
  )
  return [
    ...(silent.length > 0 ? [`Not answering: ${silent.join(', ')}.`] : []),
    ...(notConfigured.length > 0 ? [`Not configured: ${notConfigured.join(', ')}.`] : []),
  ].join(' ')
}

/** When this isolate last told that a request had found everything in order (Unix ms). */
let lastEmittedAt = Number.NEGATIVE_INFINITY

/**
 * Tells a probe that found everything in order. A request for /health counts as one, at most once a
 * minute in each isolate: it is how a monitor probes, and the only probe there is under `wrangler dev`.
 */
export function emitHealth(
  source: TelemetrySource,
  { status }: Health,
  probe: SystemEventData<'HealthCheckPassed'>['probe'],
): void {
  if (status !== 'ok') return
  const now = Date.now()
  if (probe === 'request') {
    if (now - lastEmittedAt < MINUTE) return
    lastEmittedAt = now
  }
  const checks = { worker: 'ok', object: 'ok', database: 'ok' } as const
  telemetry.emit(source, 'HealthCheckPassed', { checks, probe })
}

async function answers(ask: () => Promise<unknown>): Promise<'ok' | 'failing'> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<'failing'>((resolve) => {
    timer = setTimeout(() => resolve('failing'), CHECK_TIMEOUT_MS)
  })
  try {
    return await Promise.race([ask().then(() => 'ok' as const), late])
  } catch {
    return 'failing'
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
