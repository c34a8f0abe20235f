import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { INGEST } from '../../shared/ports/lake/layout.ts'
import { type DemoClient, DemoError, UnreachableError } from '../demo/client.ts'
import type { SetAside } from './sift.ts'

const listing = z.object({
  data: z.array(z.object({ key: z.string(), uploadedAt: z.iso.datetime() })),
  nextCursor: z.string().nullable(),
})
type LakeObject = z.output<typeof listing>['data'][number]

/** Concurrent requests. */
const REQUEST_CONCURRENCY = 6
/** Keys as the lake sink and compaction write them, and as the sink once did: no other key becomes a local path. */
const KEY = /^(ingest|context=[\w-]+)(\/[\w=-][\w.=-]*)*\.ndjson(\.gz)?$/
/**
 * Compaction writes objects of the second prefix before it deletes those of the first: read in this order, an event
 * may be there twice, and is never missing.
 */
const PREFIXES = [INGEST, 'context='] as const

/** The result of a download. */
export interface Download {
  /** All current objects of the lake, as NDJSON files. */
  readonly files: string[]
  /** The number of objects fetched. */
  readonly fetched: number
  /** Objects that the server lists but cannot return. */
  readonly setAside: readonly SetAside[]
}

/**
 * Downloads the event lake of a running Petrel into a folder. Files of an earlier download whose objects have not
 * changed since are not fetched again.
 *
 * @throws UnreachableError, DemoError as the client does
 */
export async function downloadLake(
  client: DemoClient,
  folder: string,
  onProgress: (done: number, all: number) => void,
): Promise<Download> {
  const [files, setAside]: [string[], SetAside[]] = [[], []]
  let [done, all, fetched] = [0, 0, 0]
  for (const prefix of PREFIXES) {
    const objects = await listObjects(client, prefix)
    const missing = objects.filter((object) => !isCurrent(object, folder))
    const gone = new Set<string>()
    all += objects.length
    done += objects.length - missing.length
    if (objects.length > 0) onProgress(done, all)
    await mapBounded(missing, REQUEST_CONCURRENCY, async (object) => {
      const result = await fetchObject(client, object, folder)
      if (result === 'fetched') fetched += 1
      else gone.add(object.key)
      if (typeof result === 'object') setAside.push({ file: object.key, ...result })
      done += 1
      onProgress(done, all)
    })
    files.push(...objects.filter(({ key }) => !gone.has(key)).map(({ key }) => fileOf(key, folder)))
  }
  return { files, fetched, setAside }
}

async function listObjects(client: DemoClient, prefix: string): Promise<LakeObject[]> {
  const found: LakeObject[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ prefix, limit: '100', ...(cursor && { cursor }) })
    const request = { method: 'GET', path: `/ops/lake?${query}`, token: client.ops } as const
    const page: z.output<typeof listing> = await client.ask(listing, request)
    found.push(...page.data.filter(({ key }) => KEY.test(key)))
    cursor = page.nextCursor
  } while (cursor)
  return found
}

/** The server returns objects decompressed. */
function fileOf(key: string, folder: string): string {
  return join(folder, key.replace(/\.gz$/, ''))
}

/** A file has the modification time of its object. */
function isCurrent({ key, uploadedAt }: LakeObject, folder: string): boolean {
  const file = fileOf(key, folder)
  return existsSync(file) && statSync(file).mtimeMs === Date.parse(uploadedAt)
}

/** Saves an object as a file, unless it has been compacted since, or cannot be read. @throws UnreachableError */
async function fetchObject(
  client: DemoClient,
  { key, uploadedAt }: LakeObject,
  folder: string,
): Promise<'fetched' | 'compacted' | { reason: string }> {
  let text: string
  try {
    ;({ text } = await client.text({ method: 'GET', path: `/ops/lake/${key}`, token: client.ops }))
  } catch (fault) {
    // An unreachable server fails the download; a response that breaks off fails only this object.
    if (fault instanceof UnreachableError) throw fault
    if (!(fault instanceof DemoError)) return { reason: 'it breaks off' }
    return fault.status === 404 && key.startsWith(INGEST) ? 'compacted' : { reason: fault.message }
  }
  const file = fileOf(key, folder)
  await mkdir(dirname(file), { recursive: true })
  // Renamed only once complete, so that an interrupted run leaves no partial file.
  const partial = `${file}.partial`
  await writeFile(partial, text)
  await utimes(partial, new Date(uploadedAt), new Date(uploadedAt))
  await rename(partial, file)
  return 'fetched'
}
