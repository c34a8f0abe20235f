import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import { Miniflare, NoOpLog } from 'miniflare'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { bindings, consumers, objects, queues, rateLimit } from './configuration.ts'
import type { Fact } from './fact.ts'

/** Most facts wait for something, and cost nothing meanwhile. With more of them the runtime serves its timers late. */
const CONCURRENCY = 20

/** The probe on workerd. */
export interface Workerd {
  /** Runs facts; returns what each shows, or the fault that ended it. */
  run(facts: readonly Fact[]): Promise<Map<string, unknown>>
  stop(): Promise<void>
}

/** Starts the probe on workerd. */
export async function startWorkerd(): Promise<Workerd> {
  const folder = import.meta.dirname
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'probe.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:workers', 'workerd:unsafe'],
    alias: { 'conformance:evict': join(folder, 'evict.workerd.ts') },
  })
  const miniflare = new Miniflare({
    // As in the main wrangler.toml.
    compatibilityDate: '2026-08-01',
    // The second one is for evictions.
    compatibilityFlags: ['nodejs_compat', 'unsafe_module'],
    modules: [{ type: 'ESModule', path: 'probe.js', contents: outputFiles[0]?.text ?? '' }],
    durableObjects: Object.fromEntries(
      Object.entries(objects).map(([binding, className]) => [binding, { className, useSQLite: true }]),
    ),
    queueProducers: Object.fromEntries(
      Object.entries(queues).map(([binding, queueName]) => [binding, { queueName }]),
    ),
    queueConsumers: Object.fromEntries(
      consumers.map(({ queue, deadLetterQueue, maxBatchTimeoutMs, ...consumer }) => [
        queue,
        {
          ...consumer,
          maxBatchTimeout: maxBatchTimeoutMs / 1_000,
          ...(deadLetterQueue !== null && { deadLetterQueue }),
        },
      ]),
    ),
    d1Databases: [bindings.database],
    r2Buckets: [bindings.bucket],
    ratelimits: {
      [bindings.rateLimit]: { namespace_id: '1', simple: { limit: rateLimit, period: 60 } },
    },
    log: new NoOpLog(),
    cf: false,
    // Faults that facts cause on purpose.
    handleRuntimeStdio: (output: Readable, errors: Readable) => {
      output.resume()
      errors.resume()
    },
  })
  await miniflare.ready
  return {
    async run(facts) {
      const shown = await mapBounded(facts, CONCURRENCY, async ({ name, later }) => {
        const send = async (path: 'run' | 'later') => {
          const answer = await miniflare.dispatchFetch(`http://probe/${path}`, { method: 'POST', body: name })
          return answer.json()
        }
        const shown = await send('run')
        return [name, later ? await send('later') : shown] as const
      })
      return new Map(shown)
    },
    stop: () => miniflare.dispose(),
  }
}
