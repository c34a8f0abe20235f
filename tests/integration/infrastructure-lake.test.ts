import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readTrinoFunctions, readViews } from '../../scripts/analytics/views.ts'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { INGEST, ingestFolderOf, partitionOf } from '../../shared/ports/lake/layout.ts'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'
import { readTemplate, type Template } from './support/aws/cloudformation.ts'
import { oneOfEach, resolver, TEMPLATE } from './support/aws/infrastructure.ts'
import { runCommand } from './support/tools/command.ts'
import { pythonTool } from './support/tools/python.ts'

let template: Template
beforeAll(async () => {
  template = await readTemplate(TEMPLATE)
})

const streamSchema = z.object({
  Prefix: z.string(),
  ErrorOutputPrefix: z.string(),
  FileExtension: z.string(),
  CompressionFormat: z.string(),
  ProcessingConfiguration: z.object({
    Processors: z.array(
      z.object({
        Type: z.string(),
        Parameters: z.array(z.object({ ParameterName: z.string(), ParameterValue: z.string() })),
      }),
    ),
  }),
})

function destination(values?: Readonly<Record<string, string>>) {
  return streamSchema.parse(
    resolver(template, values).properties('Stream').ExtendedS3DestinationConfiguration,
  )
}

const tableSchema = z.object({
  TableInput: z.object({
    Name: z.string(),
    PartitionKeys: z.array(z.object({ Name: z.string() })).default([]),
    StorageDescriptor: z.object({ Location: z.string() }),
    Parameters: z.record(z.string(), z.string()),
  }),
})

function table(name: string) {
  return tableSchema.parse(resolver(template).properties(name)).TableInput
}

/** The names of the folders of a path such as `context=order/dt=2026-03-01/`. */
function levels(path: string): string[] {
  return path
    .split('/')
    .flatMap((folder) => (folder.includes('=') ? [folder.slice(0, folder.indexOf('='))] : []))
}

describe('the folders of the lake', () => {
  it('are those that Petrel compacts its own lake into, for an event of each type', async () => {
    const { Prefix, ProcessingConfiguration } = destination()
    const extraction = ProcessingConfiguration.Processors.find(({ Type }) => Type === 'MetadataExtraction')
    const query = extraction?.Parameters.find(
      ({ ParameterName }) => ParameterName === 'MetadataExtractionQuery',
    )
    const events = oneOfEach()
    const program = 'import jq, sys; print(jq.compile(sys.argv[1]).input_text(sys.argv[2]).text())'
    const printed = await runCommand(
      await pythonTool('python'),
      ['-c', program, `[.[] | ${query?.ParameterValue}]`, JSON.stringify(events)],
      { timeout: 60_000, missing: 'Python is gone' },
    )
    const keys = z.array(z.record(z.string(), z.string())).parse(JSON.parse(printed))
    const folders = keys.map((values) =>
      Prefix.replace(/!\{partitionKeyFromQuery:(\w+)\}/g, (_, name: string) => values[name] ?? '?'),
    )
    expect(folders).toEqual(events.map(partitionOf))
  })

  it('are what the tables of Athena look for', () => {
    const hours = table('EventLinesByHour')
    const [layout] = oneOfEach().map((event) => levels(partitionOf(event) ?? ''))
    if (layout === undefined) throw new Error('there is no event')
    expect(levels(destination().Prefix)).toEqual(layout)
    expect(hours.PartitionKeys.map(({ Name }) => Name)).toEqual(layout)
    for (const name of ['EventLines', 'EventLinesByHour']) {
      const { PartitionKeys, Parameters } = table(name)
      const keys = PartitionKeys.map(({ Name }) => Name)
      // A table may name fewer levels: what lies below is read with them.
      expect(layout.slice(0, keys.length)).toEqual(keys)
      expect(Parameters['storage.location.template']).toBe(
        `s3://lake/${keys.map((key) => `${key}=\${${key}}/`).join('')}`,
      )
      for (const key of keys) expect(Parameters).toHaveProperty([`projection.${key}.type`])
    }
    // As the folders write them: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    expect(hours.Parameters).toMatchObject({
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': '2026-01-01,NOW',
      'projection.hour.digits': '2',
      'projection.hour.range': '0,23',
    })
  })

  it('are looked for under each context there is', () => {
    const { Parameters } = table('EventLines')
    const contexts = new Set([...eventTypes.values()].map(({ context }) => context))
    expect(Parameters['projection.context.values']?.split(',')).toEqual([...contexts].toSorted())
  })

  it('are looked for where the sink writes, before they are compacted', () => {
    const { PartitionKeys, StorageDescriptor } = table('EventLinesIngested')
    expect(PartitionKeys).toEqual([])
    expect(StorageDescriptor.Location).toBe(`s3://lake/${INGEST}`)
    for (const event of oneOfEach()) expect(ingestFolderOf(event)?.startsWith(INGEST)).toBe(true)
  })

  it('hold what Athena can read: lines, gzipped and named so', () => {
    const put = destination()
    expect(put).toMatchObject({ CompressionFormat: 'GZIP', FileExtension: '.ndjson.gz' })
    expect(levels(put.ErrorOutputPrefix)).not.toContain('context')
    const reads = {
      Source: 'msk',
      MskStage: 'delivering',
      Topic: 'arn:aws:kafka:x:0:topic/petrel/1-2/petrel-events',
    }
    const delimiters = (values: Readonly<Record<string, string>>) =>
      destination(values).ProcessingConfiguration.Processors.filter(
        ({ Type }) => Type === 'AppendDelimiterToRecord',
      )
    expect(delimiters(reads)).toEqual([
      {
        Type: 'AppendDelimiterToRecord',
        Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }],
      },
    ])
    // The Worker ends its records itself; two newlines would make an empty line.
    expect(delimiters({ Source: 'direct-put' })).toEqual([])
    expect(resolver(template, reads).properties('Stream').MSKSourceConfiguration).toMatchObject({
      TopicName: 'petrel-events',
    })
  })
})

describe('the views', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'petrel-views-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /**
   * DuckDB with the tables of lines as Athena has them, every other event not compacted yet, and the view raw_events
   * of the stack over them.
   */
  async function warehouse(events: readonly CloudEvent[]) {
    const rows = events.map((event) => {
      const [, context] = /^context=([^/]+)/.exec(partitionOf(event) ?? '') ?? []
      return { line: JSON.stringify(event), context }
    })
    const [file, ingested] = [join(folder, 'lines.json'), join(folder, 'ingested.json')]
    await writeFile(file, JSON.stringify(rows.filter((_, index) => index % 2 === 0)))
    await writeFile(ingested, JSON.stringify(rows.filter((_, index) => index % 2 === 1)))
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(readTrinoFunctions())
    await connection.run('CREATE MACRO json_format(json) AS CAST(json AS VARCHAR)')
    await connection.run(
      `CREATE TABLE event_lines AS SELECT * FROM read_json('${file}', columns = {line: 'VARCHAR', context: 'VARCHAR'})`,
    )
    await connection.run(
      `CREATE TABLE event_lines_ingested AS SELECT * FROM read_json('${ingested}', columns = {line: 'VARCHAR'})`,
    )
    const { QueryString } = z
      .object({ QueryString: z.string() })
      .parse(resolver(template).properties('RawEventsView'))
    await connection.run(QueryString)
    return {
      query: async (sql: string) =>
        z
          .array(z.record(z.string(), z.unknown()))
          .parse((await connection.runAndReadAll(sql)).getRowObjectsJson()),
      run: (sql: string) => connection.run(sql),
      close() {
        connection.closeSync()
        instance.closeSync()
      },
    }
  }

  it('give an event back as it was delivered', async () => {
    const events = oneOfEach()
    const { query, close } = await warehouse(events)
    const rows = await query('SELECT * FROM raw_events')
    const byId = new Map(rows.map((row) => [row.id, row]))
    expect(byId.size).toBe(events.length)
    for (const { type, data, ...envelope } of events) {
      const row = byId.get(envelope.id)
      const [context, name] = type.split('.')
      expect(row).toMatchObject({ ...envelope, event_type: type, context, type: name })
      expect(JSON.parse(String(row?.data))).toEqual(data)
    }
    close()
  })

  it('of analytics/ build on it, and have the columns of the dashboard', async () => {
    const { query, run, close } = await warehouse(oneOfEach())
    for (const { sql } of readViews()) await run(sql)
    const datasets = Object.entries(template.Resources).filter(
      ([, { Type }]) => Type === 'AWS::QuickSight::DataSet',
    )
    const schema = z.object({
      PhysicalTableMap: z.object({
        view: z.object({
          RelationalTable: z.object({
            Name: z.string(),
            InputColumns: z.array(z.object({ Name: z.string(), Type: z.string() })),
          }),
        }),
      }),
    })
    expect(datasets.length).toBe(3)
    for (const [name] of datasets) {
      const { Name, InputColumns } = schema.parse(resolver(template).properties(name)).PhysicalTableMap.view
        .RelationalTable
      const described = await query(`DESCRIBE ${Name}`)
      const types = new Map(
        described.map((column) => [column.column_name, quickSightType(String(column.column_type))]),
      )
      for (const column of InputColumns)
        expect([Name, column.Name, types.get(column.Name)]).toEqual([Name, column.Name, column.Type])
    }
    close()
  })

  /** What QuickSight calls a type of Athena's, whose names DuckDB shares. */
  function quickSightType(type: string): string {
    if (/^(DATE|TIMESTAMP)/.test(type)) return 'DATETIME'
    if (type === 'VARCHAR') return 'STRING'
    return /^(BIGINT|INTEGER|HUGEINT)$/.test(type) ? 'INTEGER' : 'DECIMAL'
  }

  it('are all made by the script, in their order', async () => {
    const script = await readFile(join(TEMPLATE, '..', 'create-views.sh'), 'utf8')
    const [, pattern] = /^for file in (\S+); do$/m.exec(script) ?? []
    expect(pattern).toBe('analytics/[0-9]*_*.sql')
    const files = (await readdir(join(TEMPLATE, '..', '..', 'analytics'))).filter((file) =>
      /^[0-9].*_.*\.sql$/.test(file),
    )
    expect(files.toSorted()).toEqual(readViews().map(({ file }) => file.split('/').pop()))
  })
})
