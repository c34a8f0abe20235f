import type { Question, Table } from './questions.ts'
import type { Row, Warehouse } from './warehouse.ts'

/** A table with its rows. */
export interface Answered {
  readonly table: Table
  readonly rows: readonly Row[]
}

/** The content of a report, in any output format. */
export interface Report {
  /** The source of the events. */
  readonly source: string
  /** The number of events, and the times of the oldest and the newest (UTC). */
  readonly events: number
  readonly from: string
  readonly to: string
  readonly answers: readonly { readonly question: Question; readonly tables: readonly Answered[] }[]
}

/** Queries the views. */
export async function answer(
  warehouse: Warehouse,
  questions: readonly Question[],
  source: string,
): Promise<Report> {
  const [span] = await warehouse.query(
    'SELECT count(*) AS events, CAST(min(time) AS varchar) AS oldest, CAST(max(time) AS varchar) AS newest FROM events',
  )
  const answers: Report['answers'][number][] = []
  for (const question of questions) {
    const tables: Answered[] = []
    for (const table of question.tables)
      tables.push({
        table,
        rows: await warehouse.query(rowsOf(table)),
      })
    answers.push({ question, tables })
  }
  return {
    source,
    events: Number(span?.events),
    from: String(span?.oldest).slice(0, 19),
    to: String(span?.newest).slice(0, 19),
    answers,
  }
}

/** Rows with amounts also include their number of decimals. */
function rowsOf({ view, order, columns }: Table): string {
  if (!columns.some(({ kind }) => kind === 'money')) return `SELECT * FROM ${view} ORDER BY ${order}`
  return `
    SELECT ${view}.*, coalesce(digits, 2) AS digits
    FROM ${view} LEFT JOIN currencies USING (currency)
    ORDER BY ${order}`
}
