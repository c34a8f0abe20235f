import { configurationOf, type Setting } from '../../../durable-objects/adapters/configuration.ts'
import { type CurrencySetting, currencyConfiguration } from '../../../durable-objects/adapters/currencies.ts'
import { emailAddressSecret, signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { type TelemetrySource, telemetry } from '../../../durable-objects/telemetry.ts'
import type { SystemEventData } from '../../../shared/core/system-events.ts'
import { MINUTE } from '../../../shared/core/time.ts'
import { isMigrated } from '../../read-models/schema.ts'
import { withTimeout } from '../http/timeout.ts'

/** Time limit of each check. */
const CHECK_TIMEOUT_MS = 2_000

type Part = 'worker' | 'object' | 'database' | 'queues' | 'lake' | 'configuration'

export interface Health {
  readonly status: 'ok' | 'failing'
  /** The result of each check. `worker` is always ok: it answers. */
  readonly checks: Readonly<Record<Part, 'ok' | 'failing'>>
  /** Required settings that are missing or invalid. Names, never values. */
  readonly notConfigured: readonly ('JWT_SECRET' | 'EMAIL_ADDRESS_SECRET' | CurrencySetting | Setting)[]
  /** In production: settings that select a sandbox. */
  readonly sandbox: readonly Setting[]
}

/**
 * Checks an object, the read database at this release's migrations, the lake bucket, the bindings of the queues (which
 * cannot be probed without a message), and the settings.
 */
export async function checkHealth(env: Env): Promise<Health> {
  const [object, database, queues, lake] = await Promise.all([
    check(() => env.CLOCK.getByName('clock').offset()),
    check(async () => {
      if (!(await isMigrated(env.DATABASE))) throw new Error('migrations are missing')
    }),
    check(async () => {
      for (const queue of [env.EVENTS, env.PROJECTIONS])
        if (typeof queue.sendBatch !== 'function') throw new Error('a queue is not bound')
    }),
    check(() => env.LAKE.head('health')),
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

/** The problem detail of a failing health check. */
export function healthDetail({ checks, notConfigured }: Health): string {
  const silent = Object.entries(checks).flatMap(([part, state]) =>
    state === 'ok' || part === 'configuration' ? [] : [part],
  )
  return [
    ...(silent.length > 0 ? [`Not answering: ${silent.join(', ')}.`] : []),
    ...(notConfigured.length > 0 ? [`Not configured: ${notConfigured.join(', ')}.`] : []),
  ].join(' ')
}

/** When this isolate last emitted `HealthCheckPassed` for a request (Unix ms). */
let lastEmittedAt = Number.NEGATIVE_INFINITY

/**
 * Emits `HealthCheckPassed` for a successful probe. Requests for /health count as probes, at most once a minute per
 * isolate: monitors use them, and under `wrangler dev` there are no others.
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

function check(part: () => Promise<unknown>): Promise<'ok' | 'failing'> {
  return withTimeout(Promise.resolve().then(part), CHECK_TIMEOUT_MS).then(
    () => 'ok',
    () => 'failing',
  )
}
