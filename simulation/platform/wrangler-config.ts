import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { z } from 'zod'
import type { DeploymentConfig } from './deployment.ts'

const configSchema = z.object({
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.object({
        queue: z.string(),
        max_batch_size: z.int().default(10),
        max_batch_timeout: z.number().default(5),
        max_retries: z.int().default(3),
        dead_letter_queue: z.string().optional(),
      }),
    ),
  }),
  ratelimits: z.array(z.object({ name: z.string() })),
  r2_buckets: z.tuple([z.object({ binding: z.string() })]),
  d1_databases: z.tuple([z.object({ binding: z.string(), migrations_dir: z.string() })]),
})

/** Reads what wrangler.toml declares, and the migrations of the read database. */
export function readDeploymentConfig(file: string): DeploymentConfig {
  const { durable_objects, queues, ratelimits, r2_buckets, d1_databases } = configSchema.parse(
    unstable_readConfig({ config: file }),
  )
  const [{ binding: databaseBinding, migrations_dir: folder }] = d1_databases
  return {
    objects: Object.fromEntries(durable_objects.bindings.map(({ name, class_name }) => [name, class_name])),
    queues: Object.fromEntries(queues.producers.map(({ binding, queue }) => [binding, queue])),
    consumers: queues.consumers.map(
      ({ queue, max_batch_size, max_batch_timeout, max_retries, dead_letter_queue = null }) => ({
        queue,
        maxBatchSize: max_batch_size,
        maxBatchTimeoutMs: max_batch_timeout * 1_000,
        maxRetries: max_retries,
        deadLetterQueue: dead_letter_queue,
      }),
    ),
    rateLimits: ratelimits.map(({ name }) => name),
    databaseBinding,
    bucketBinding: r2_buckets[0].binding,
    migrations: readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') })),
  }
}
