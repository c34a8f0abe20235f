import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type AnyCloudEvent, type CloudEvent, cloudEventOf } from '../../shared/core/cloud-event.ts'
import { registry } from '../../shared/registry.ts'
import { streamName } from '../../shared/stream-names.ts'
import { newestVersion, sampleFile, storedEventTypes } from '../support/samples.ts'
import { ndjsonFilesIn, type Row, Warehouse } from './warehouse.ts'

const types = new Map(storedEventTypes(registry).map((type) => [`${type.context}.${type.name}`, type]))

/**
 * An event of an aggregate's log as sinks get it: its sample, with some of the data replaced. The result
 * is valid by its current schema.
 */
export function happened(
  type: string,
  subject: string,
  sequence: number,
  time: string,
  data: object = {},
): CloudEvent {
  const stored = types.get(type)
  if (!stored) throw new Error(`there is no event ${type}`)
  const version = newestVersion(stored)
  const sample: unknown = JSON.parse(readFileSync(sampleFile(stored, version), 'utf8'))
  return cloudEventOf({
    origin: 'https://shop.example',
    stream: streamName(stored.context === 'catalog' ? 'product' : stored.context, subject),
    context: stored.context,
    id: subject,
    version: sequence,
    time: new Date(time).toISOString(),
    event: {
      type: stored.name,
      schemaVersion: version,
      data: stored.data.parse({ ...Object(sample), ...data }),
    },
    category: 'business',
    trace: { correlationId: 'test' },
  })
}

/** Events as one CloudEvent per line. */
export function ndjson(events: readonly AnyCloudEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

/**
 * Queries views over a lake with these events, as a sink may write it: newest first, over several files, one of
 * them gzipped, and every other event twice.
 */
export async function asked(
  events: readonly AnyCloudEvent[],
  ...queries: readonly string[]
): Promise<(readonly Row[])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-lake-'))
  try {
    writeFileSync(join(folder, 'all.ndjson.gz'), gzipSync(ndjson(events.toReversed())))
    writeFileSync(join(folder, 'again.ndjson'), ndjson(events.filter((_, index) => index % 2 === 0)))
    const warehouse = await Warehouse.load(ndjsonFilesIn(folder))
    try {
      const answers: (readonly Row[])[] = []
      for (const query of queries) answers.push(await warehouse.query(query))
      return answers
    } finally {
      warehouse.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
