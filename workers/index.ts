import { warnSandboxInProduction } from '../durable-objects/adapters/configuration.ts'
import type { Env } from '../durable-objects/env.ts'
import { clock } from '../durable-objects/sandbox/clock.ts'
import { type TelemetrySource, telemetry } from '../durable-objects/telemetry.ts'
import { faultText } from '../shared/core/text/text.ts'
import { app } from './api/app.ts'
import { warmUp } from './api/catalog/warm-up.ts'
import { checkHealth, emitHealth, healthDetail } from './api/ops/health.ts'
import { consumeQueue } from './consumers/index.ts'
import { keepCompacting } from './lake/compact.ts'
import { keepComparing } from './read-models/compare.ts'

export * from '../durable-objects/index.ts'

export default {
  fetch(request, env, context) {
    start(telemetrySourceOf(env, context))
    return app.fetch(request, env, context)
  },

  async queue(batch, env, context) {
    const source = telemetrySourceOf(env, context)
    start(source)
    try {
      await consumeQueue(batch, env)
    } catch (fault) {
      telemetry.faulted(source, `queue ${batch.queue}`, fault)
      // The platform delivers the messages again.
      throw fault
    }
  },

  /**
   * Checks the health (success emits an event, failure is logged), starts the comparison of lists if it is due, then
   * compacts the lake.
   */
  async scheduled({ cron }, env, context) {
    const source = telemetrySourceOf(env, context)
    start(source)
    const health = await checkHealth(env)
    if (health.status !== 'ok')
      console.error(
        JSON.stringify({ level: 'error', message: 'health check failed', detail: healthDetail(health) }),
      )
    emitHealth(source, health, 'scheduled')
    await clock.sync(env)
    // `bun run dev` sends this name once it has started: its queues are in memory, so a restart loses their messages.
    await keepComparing(env, { now: cron === 'start' }).catch((fault: unknown) =>
      console.error(
        JSON.stringify({ level: 'error', message: 'lists were not compared', fault: faultText(fault) }),
      ),
    )
    await keepCompacting(env)
  },
} satisfies ExportedHandler<Env>

function telemetrySourceOf(env: Env, context: ExecutionContext): TelemetrySource {
  return { env, waitUntil: (work) => context.waitUntil(work) }
}

let warmed = false

/** Runs with the first request, message or schedule of an isolate; nothing waits for the warm-up. */
function start(source: TelemetrySource): void {
  telemetry.started(source, 'worker')
  // `telemetry.started` may have run before, for an object of this isolate.
  if (warmed) return
  warmed = true
  warnSandboxInProduction(source.env)
  source.waitUntil(warmUp(source))
}
