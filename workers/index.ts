import { clock } from '../durable-objects/clock.ts'
import type { Env } from '../durable-objects/env.ts'
import { looseCloudEvent } from '../shared/core/cloud-event.ts'
import { app } from './api/app.ts'
import { checkHealth } from './api/health.ts'
import { consumeQueue } from './consumers/index.ts'

export * from '../durable-objects/index.ts'

export default {
  fetch: app.fetch,
  queue: consumeQueue,

  /** The health probe: what it finds in order becomes an event, and what not a line in the log. */
  async scheduled(_controller, env) {
    const { status, checks } = await checkHealth(env)
    if (status !== 'ok') {
      console.error(JSON.stringify({ level: 'error', message: 'health check failed', checks }))
      return
    }
    await clock.sync(env)
    const id = `health/${crypto.randomUUID()}`
    const event = looseCloudEvent({
      id,
      context: 'system',
      type: 'HealthCheckPassed',
      subject: 'petrel',
      time: clock.now(),
      category: 'system',
      trace: { correlationId: id },
      data: { checks },
    })
    await env.EVENTS.send({ event }, { contentType: 'json' })
  },
} satisfies ExportedHandler<Env>
