import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Miniflare, type ModuleDefinition, NoOpLog, type WorkerOptions } from 'miniflare'
import { unstable_readConfig, unstable_splitSqlQuery } from 'wrangler'
import { bareWorker } from './bundle.ts'
import { findRuntimeProcess } from './processor.ts'

/** One workerd with Petrel and the two bare Workers in it, each on a socket of its own. */
export interface Runtime {
  readonly petrel: URL
  readonly hello: URL
  readonly insert: URL
  /** Of workerd, where it can be known. */
  readonly processId: number | null
  /** What the runtime wrote on its standard error so far, line by line. */
  readonly complaints: readonly string[]
  stop(): Promise<void>
}

/** A request a microsecond, for a minute: the limiter is asked as in production, and never says no. */
const UNREACHABLE_LIMIT = 60_000_000

/**
 * Starts the runtime on a folder, in which it keeps everything: a second start on the same folder goes
 * on where the first ended. Requests reach workerd directly; Miniflare's own entry Worker would cost
 * more than what is measured.
 */
export async function startRuntime(petrel: ModuleDefinition[], storage: string): Promise<Runtime> {
  const complaints: string[] = []
  const { name, options } = petrelOptions(petrel)
  const miniflare = new Miniflare({
    defaultPersistRoot: storage,
    log: new NoOpLog(),
    logRequests: false,
    cf: false,
    handleRuntimeStdio: (_, errors) => keepLines(errors, complaints),
    workers: [options, ...bareOptions(options)],
  })
  await miniflare.ready
  await migrate(miniflare, name)
  return {
    petrel: await miniflare.unsafeGetDirectURL(name),
    hello: await miniflare.unsafeGetDirectURL('hello'),
    insert: await miniflare.unsafeGetDirectURL('insert'),
    processId: findRuntimeProcess(),
    complaints,
    stop: () => miniflare.dispose(),
  }
}

/** The Worker as `wrangler.toml` declares it, with a clock that nobody moves and limits that nobody meets. */
function petrelOptions(modules: ModuleDefinition[]): { name: string; options: WorkerOptions } {
  const config = unstable_readConfig({ config: 'wrangler.toml' })
  const { name = 'petrel', compatibility_date, compatibility_flags } = config
  const options: WorkerOptions = {
    name,
    modules,
    ...(compatibility_date && { compatibilityDate: compatibility_date }),
    compatibilityFlags: compatibility_flags,
    unsafeDirectSockets: [{}],
    bindings: { ENVIRONMENT: 'development', CLOCK_MODE: 'system' },
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name }) => [name, { className: class_name, useSQLite: true }]),
    ),
    queueProducers: Object.fromEntries(
      (config.queues.producers ?? []).map(({ binding, queue }) => [binding, { queueName: queue }]),
    ),
    queueConsumers: Object.fromEntries(
      (config.queues.consumers ?? []).map(({ queue, ...limits }) => [
        queue,
        {
          maxBatchSize: limits.max_batch_size ?? 10,
          maxBatchTimeout: limits.max_batch_timeout ?? 5,
          maxRetries: limits.max_retries ?? 3,
          ...(limits.dead_letter_queue && { deadLetterQueue: limits.dead_letter_queue }),
        },
      ]),
    ),
    d1Databases: Object.fromEntries(
      config.d1_databases.map(({ binding, database_id }) => [binding, database_id ?? binding]),
    ),
    r2Buckets: Object.fromEntries(
      config.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name ?? binding]),
    ),
    ratelimits: Object.fromEntries(
      config.ratelimits.map(({ name, namespace_id }) => [
        name,
        { namespace_id, simple: { limit: UNREACHABLE_LIMIT, period: 60 as const } },
      ]),
    ),
  }
  return { name, options }
}

function bareOptions({ compatibilityDate, compatibilityFlags }: WorkerOptions): WorkerOptions[] {
  const common = {
    ...(compatibilityDate && { compatibilityDate }),
    ...(compatibilityFlags && { compatibilityFlags }),
    unsafeDirectSockets: [{}],
  }
  return [
    { ...common, name: 'hello', modules: bareWorker('hello') },
    {
      ...common,
      name: 'insert',
      modules: bareWorker('insert'),
      durableObjects: { OBJECTS: { className: 'InsertObject', useSQLite: true } },
    },
  ]
}

/** Applies the migrations that the database has not seen yet. */
async function migrate(miniflare: Miniflare, worker: string): Promise<void> {
  const database = await miniflare.getD1Database('DATABASE', worker)
  await database.prepare('CREATE TABLE IF NOT EXISTS applied_migrations (name TEXT PRIMARY KEY)').run()
  for (const name of readdirSync('migrations').sort()) {
    const note = database.prepare('INSERT OR IGNORE INTO applied_migrations VALUES (?)').bind(name)
    if ((await note.run()).meta.changes === 0) continue
    for (const statement of unstable_splitSqlQuery(readFileSync(join('migrations', name), 'utf8')))
      await database.prepare(statement).run()
  }
}

function keepLines(stream: Readable, lines: string[]): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((line) => line.trim() !== ''))
  })
}
