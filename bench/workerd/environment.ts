import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Miniflare, NoOpLog } from 'miniflare'
import { unstable_splitSqlQuery } from 'wrangler'
import { bareWorker, type WorkerModule } from './bundle.ts'
import { commonOptions, LIMITER, petrelOptions, readConfiguration } from './configuration.ts'
import { runtimeProcesses } from './processor.ts'

/** One workerd with Petrel and the two bare Workers in it, each on a socket of its own. */
export interface Runtime {
  readonly petrel: URL
  readonly hello: URL
  readonly insert: URL
  /** Of workerd, where it can be known. */
  readonly processId: number | null
  /** What the runtime wrote on its standard error so far, line by line. */
  readonly complaints: readonly string[]
  /** Ends it; a second time changes nothing. */
  stop(): Promise<void>
}

/**
 * Starts the runtime on a folder, in which it keeps everything: a second start on the same folder goes
 * on where the first ended. Requests reach workerd directly; Miniflare's own entry Worker would cost
 * more than what is measured. `variables` are Petrel's, beside those of development.
 */
export async function startRuntime(
  petrel: readonly WorkerModule[],
  storage: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Runtime> {
  const configuration = readConfiguration()
  const common = commonOptions(configuration)
  const complaints: string[] = []
  const others = new Set(runtimeProcesses())
  const miniflare = new Miniflare({
    defaultPersistRoot: storage,
    log: new NoOpLog(),
    logRequests: false,
    cf: false,
    handleRuntimeStdio: (_: Readable, errors: Readable) => keepLines(errors, complaints),
    workers: [
      petrelOptions(configuration, petrel, variables),
      { name: LIMITER, modules: bareWorker('limiter') },
      { ...common, name: 'hello', modules: bareWorker('hello') },
      {
        ...common,
        name: 'insert',
        modules: bareWorker('insert'),
        durableObjects: { OBJECTS: { className: 'InsertObject', useSQLite: true } },
      },
    ],
  })
  let stopped: Promise<void> | null = null
  await miniflare.ready
  await migrate(await miniflare.getD1Database('DATABASE', configuration.name))
  return {
    petrel: await miniflare.unsafeGetDirectURL(configuration.name),
    hello: await miniflare.unsafeGetDirectURL('hello'),
    insert: await miniflare.unsafeGetDirectURL('insert'),
    processId: runtimeProcesses().find((id) => !others.has(id)) ?? null,
    complaints,
    stop() {
      stopped ??= miniflare.dispose()
      return stopped
    },
  }
}

/** Applies the migrations that are missing in the database. */
async function migrate(database: D1Database): Promise<void> {
  await database.prepare('CREATE TABLE IF NOT EXISTS applied_migrations (name TEXT PRIMARY KEY)').run()
  for (const name of readdirSync('migrations').sort()) {
    const note = await database
      .prepare('INSERT OR IGNORE INTO applied_migrations VALUES (?)')
      .bind(name)
      .run()
    if (note.meta.changes === 0) continue
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
