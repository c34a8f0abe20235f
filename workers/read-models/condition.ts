import { z } from 'zod'
import { type Instant, instantSchema } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { readModels } from './models.ts'
import type { ProjectionFault } from './project.ts'

/** Time limit of noting faults (ms). */
const NOTE_TIMEOUT_MS = 10_000

/** The state of the rows of one kind of aggregate. */
interface ModelCondition {
  readonly kind: string
  readonly rows: number
  /** The last aggregate whose projection failed; it is retried automatically. */
  readonly lastFault: { readonly id: string; readonly fault: string; readonly at: Instant } | null
}

const countRow = z.object({ rows: z.int() })
const faultRow = z.object({ kind: z.string(), id: z.string(), fault: z.string(), at: instantSchema })

/** The number of rows and the last fault of each kind. Counting reads every row. */
export async function conditionOf(database: D1Database): Promise<ModelCondition[]> {
  const models = [...readModels]
  const [faults, ...counts] = await database.batch([
    database.prepare('SELECT * FROM projection_faults'),
    ...models.map(([, { table }]) => database.prepare(`SELECT count(*) AS rows FROM ${table}`)),
  ])
  const lastFaults = new Map(
    faultRow
      .array()
      .parse(faults?.results ?? [])
      .map(({ kind, ...fault }) => [kind, fault]),
  )
  return models.map(([kind], index) => ({
    kind,
    rows: countRow.parse(counts[index]?.results[0]).rows,
    lastFault: lastFaults.get(kind) ?? null,
  }))
}

/** Records the last fault of each kind. Best effort: the database may be the part that fails. */
export async function recordFaults(
  database: D1Database,
  faults: readonly ProjectionFault[],
  now: Instant,
): Promise<void> {
  const byKind = new Map(faults.map((one) => [one.stream.kind, one]))
  const statements = [...byKind.values()].map(({ stream, fault }) =>
    database
      .prepare('INSERT OR REPLACE INTO projection_faults (kind, id, fault, at) VALUES (?, ?, ?, ?)')
      .bind(stream.kind, stream.id, fault, now),
  )
  if (statements.length === 0) return
  await withTimeLimit(database.batch(statements), NOTE_TIMEOUT_MS, 'the read database').catch(() => {})
}
