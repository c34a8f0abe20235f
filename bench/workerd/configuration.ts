import { unstable_readConfig } from 'wrangler'
import { z } from 'zod'
import type { WorkerModule } from './bundle.ts'

/** What the bench needs of `wrangler.toml`, so that a new binding is there without being named here. */
const configurationSchema = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })).default([]),
    consumers: z
      .array(
        z.object({
          queue: z.string(),
          max_batch_size: z.int(),
          max_batch_timeout: z.number(),
          max_retries: z.int(),
          dead_letter_queue: z.string().optional(),
        }),
      )
      .default([]),
  }),
  d1_databases: z.array(z.object({ binding: z.string(), database_id: z.string() })),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  ratelimits: z.array(z.object({ name: z.string() })),
})
type Configuration = z.infer<typeof configurationSchema>

/** The Worker that stands in for each rate limiter. */
export const LIMITER = 'limiter'

/** What `wrangler.toml` declares. Throws `ZodError` where it declares something that the bench cannot read. */
export function readConfiguration(): Configuration {
  return configurationSchema.parse(unstable_readConfig({ config: 'wrangler.toml' }))
}

/** What any Worker of the bench is started with: the same runtime for all, each on a socket of its own. */
export function commonOptions(configuration: Configuration) {
  return {
    compatibilityDate: configuration.compatibility_date,
    compatibilityFlags: configuration.compatibility_flags,
    unsafeDirectSockets: [{}],
  }
}

/** Petrel with all its bindings, with the system clock and limiters that never refuse. */
export function petrelOptions(
  configuration: Configuration,
  modules: readonly WorkerModule[],
  variables: Readonly<Record<string, string>>,
) {
  const { name, durable_objects, queues, d1_databases, r2_buckets, ratelimits } = configuration
  return {
    ...commonOptions(configuration),
    name,
    modules,
    bindings: { ENVIRONMENT: 'development', CLOCK_MODE: 'system', ...variables },
    durableObjects: Object.fromEntries(
      durable_objects.bindings.map(({ name, class_name }) => [
        name,
        { className: class_name, useSQLite: true },
      ]),
    ),
    queueProducers: Object.fromEntries(
      queues.producers.map(({ binding, queue }) => [binding, { queueName: queue }]),
    ),
    queueConsumers: Object.fromEntries(
      queues.consumers.map(({ queue, dead_letter_queue, ...limits }) => [
        queue,
        {
          maxBatchSize: limits.max_batch_size,
          maxBatchTimeout: limits.max_batch_timeout,
          maxRetries: limits.max_retries,
          ...(dead_letter_queue && { deadLetterQueue: dead_letter_queue }),
        },
      ]),
    ),
    d1Databases: Object.fromEntries(d1_databases.map(({ binding, database_id }) => [binding, database_id])),
    r2Buckets: Object.fromEntries(r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name])),
    wrappedBindings: Object.fromEntries(ratelimits.map(({ name }) => [name, LIMITER])),
  }
}
