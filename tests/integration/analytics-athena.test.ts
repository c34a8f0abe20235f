import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asked } from '../../scripts/analytics/given.fixture.ts'
import { allStories } from '../../scripts/analytics/stories.fixture.ts'
import { readViews, type View } from '../../scripts/analytics/views.ts'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { runCommand } from './support/tools/command.ts'
import { pythonTool } from './support/tools/python.ts'
import { runOnTrino, type TrinoRow } from './support/trino/trino.ts'

const views = readViews()

/**
 * The functions of Trino that views may use (https://trino.io/docs/current/functions/list.html); each of them
 * DuckDB has too, or gets from analytics/duckdb/.
 */
const functions = [
  // aggregate.html
  ...['count', 'sum', 'min', 'max', 'max_by', 'approx_percentile'],
  // window.html
  ...['row_number', 'lag', 'lead'],
  // conditional.html, comparison.html
  ...['coalesce', 'nullif', 'greatest'],
  // json.html
  ...['json_extract', 'json_extract_scalar', 'json_array_length'],
  // datetime.html
  ...['date_diff', 'date_trunc', 'from_iso8601_timestamp'],
  // string.html, math.html, array.html
  ...['length', 'split_part', 'round', 'sequence', 'unnest'],
]

/** What sqlglot reads out of a file in Athena's dialect: its statements, and the functions in them. */
const PARSE = `
import json, sys
import sqlglot
from sqlglot import exp
for file in sys.argv[1:]:
    statements = sqlglot.parse(open(file).read(), dialect='athena', error_level=sqlglot.ErrorLevel.RAISE)
    calls = set()
    for statement in statements:
        for call in statement.find_all(exp.Func):
            # What is syntax to Trino is a function to sqlglot.
            branch = isinstance(call, exp.If) and isinstance(call.parent, exp.Case)
            if not branch and not isinstance(call, (exp.And, exp.Or, exp.Case, exp.Cast)):
                calls.add(call.sql(dialect='athena').partition('(')[0].lower())
    print(json.dumps({'file': file, 'kinds': [f'{s.key} {s.args.get("kind")}'.lower() for s in statements], 'functions': sorted(calls)}))
`
const parsed = z.object({ file: z.string(), kinds: z.array(z.string()), functions: z.array(z.string()) })

/** The statement by which the stack in infra/ makes \`raw_events\` out of the lines in the lake. */
function rawEventsView(): string {
  const template = readFileSync(join(import.meta.dirname, '../../infra/petrel.yaml'), 'utf8')
  const [, statement] = /^ *(CREATE OR REPLACE VIEW raw_events AS\n(?:.+\n)+)/m.exec(template) ?? []
  if (statement === undefined) throw new Error('infra/petrel.yaml makes no view raw_events')
  return statement
}

/** The lake as Athena's table has it: lines, and the folders of the contexts that they are in. */
function linesOf(events: readonly CloudEvent[]): string {
  const rows = events.map((event) => {
    const [context = ''] = event.type.split('.')
    return `(${[JSON.stringify(event), context].map(text).join(', ')})`
  })
  return `CREATE TABLE event_lines AS SELECT * FROM (VALUES ${rows.join(',\n')}) lines (line, context)`
}

/** The lines of hours that were not compacted yet. */
function ingestedLinesOf(events: readonly CloudEvent[]): string {
  const rows = events.map((event) => `(${text(JSON.stringify(event))})`)
  return `CREATE TABLE event_lines_ingested AS SELECT * FROM (VALUES ${rows.join(',\n')}) lines (line)`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** This Trino keeps no views; a table with the same rows stands for each. */
function asTable(sql: string): string {
  return sql.replace('CREATE OR REPLACE VIEW', 'CREATE TABLE')
}

/** Makes all that the views read, with some lines twice, and a table for each view. */
const lake = [
  linesOf(allStories.filter((_, index) => index % 3 > 0)),
  ingestedLinesOf([...allStories.filter((_, index) => index % 3 === 0), ...allStories.slice(0, 40)]),
  asTable(rawEventsView()),
  ...views.map(({ sql }) => asTable(sql)),
]
const allOf = (view: View) => `SELECT * FROM ${view.name}`

/** Rows in an order of their own, with numbers as numbers: engines differ in how they write these. */
function comparable(rows: readonly (readonly unknown[])[]): string[] {
  const plain = (value: unknown) => {
    if (typeof value !== 'string') return value
    if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value)
    return value.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?$/, (_, time: string, rest?: string) =>
      rest === undefined ? `${time}.000` : `${time}${rest.padEnd(4, '0')}`,
    )
  }
  return rows.map((row) => JSON.stringify(row.map(plain))).sort()
}

const [events] = views
const queries = views.map(allOf)
const zonedColumns =
  "SELECT table_name, column_name FROM information_schema.columns WHERE data_type LIKE '%time zone%'"
const queryOf = (view: string | undefined) => view?.slice(view.indexOf('SELECT'))
/** The view `events` with the view `raw_events` in it, for which a table stands here. */
const planOfOneType = `
  EXPLAIN SELECT data FROM (
    ${queryOf(events?.sql)?.replace('FROM raw_events', `FROM (${queryOf(rawEventsView())}) raw_events`)}
  ) events
  WHERE context = 'order' AND name = 'OrderPaid'`

/** What Trino says to each of `queries`, and then to the two others. */
let onTrino: TrinoRow[][]

beforeAll(async () => {
  await pythonTool('python')
  onTrino = (await runOnTrino([...lake, ...queries, zonedColumns, planOfOneType])).slice(lake.length)
})

describe('the views', () => {
  it('are each one statement in the dialect of Athena, with functions that Trino and DuckDB share', async () => {
    const python = await pythonTool('python')
    const files = views.map(({ file }) => file)
    const printed = await runCommand(python, ['-c', PARSE, ...files], { timeout: 60_000, missing: python })
    const found = printed
      .trim()
      .split('\n')
      .map((line) => parsed.parse(JSON.parse(line)))
    expect(found.map(({ file }) => file)).toEqual(files)
    for (const { file, kinds, functions: used } of found) {
      expect(kinds, file).toEqual(['create view'])
      expect(
        used.filter((name) => !functions.includes(name)),
        file,
      ).toEqual([])
    }
  })

  it('give on Trino, over the lines of a lake, what they give on DuckDB', async () => {
    const onDuck = await asked(allStories, ...queries)
    for (const [index, { name }] of views.entries()) {
      const rows = comparable(onTrino[index] ?? [])
      expect(rows.length, name).toBeGreaterThan(0)
      expect(rows, name).toEqual(comparable((onDuck[index] ?? []).map((row) => Object.values(row))))
    }
  })

  it('have only columns that a view on Athena can have, and read the folder of the context that they ask for alone', () => {
    const [zoned, plan] = onTrino.slice(queries.length)
    expect(zoned).toEqual([])
    // The first scan is that of `event_lines`. The filter is part of it, below the step that drops what came twice.
    const [scan] = /Scan.*table = .*/.exec(String(plan)) ?? []
    expect(scan).toMatch(/"context(_\d+)?" = (CAST\()?'order'/)
  })
})
