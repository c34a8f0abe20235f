import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { type DemoClient, DemoError, UnreachableError } from '../demo/client.ts'
import type { SetAside } from './sift.ts'

const listing = z.object({
  data: z.array(z.object({ key: z.string(), uploadedAt: z.iso.datetime() })),
  nextCursor: z.string().nullable(),
})
type LakeObject = z.output<typeof listing>['data'][number]

/** Concurrent requests. */
const REQUEST_CONCURRENCY = 6
/** Keys as the lake sink writes them: no other key becomes a local path. */
const KEY = /^context=[\w-]+(\/[\w=-][\w.=-]*)*\.ndjson(\.gz)?$/

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
  const objects = await listObjects(client)
  const missing = objects.filter((object) => !isCurrent(object, folder))
  const setAside = new Map<string, SetAside>()
  let done = objects.length - missing.length
  onProgress(done, objects.length)
  await mapBounded(missing, REQUEST_CONCURRENCY, async (object) => {
    const fault = await fetchObject(client, object, folder)
    if (fault !== null) setAside.set(object.key, { file: object.key, reason: fault })
    done += 1
    onProgress(done, objects.length)
  })
  const present = objects.filter(({ key }) => !setAside.has(key))
  return {
    files: present.map(({ key }) => fileOf(key, folder)),
    fetched: missing.length - setAside.size,
    setAside: [...setAside.values()],
  }
}

async function listObjects(client: DemoClient): Promise<LakeObject[]> {
  const found: LakeObject[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ prefix: 'context=', limit: '100', ...(cursor && { cursor }) })
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

/** Saves an object as a file. Returns why it is not available, or `null`. @throws UnreachableError */
async function fetchObject(
  client: DemoClient,
  { key, uploadedAt }: LakeObject,
  folder: string,
): Promise<string | null> {
  let text: string
  try {
    ;({ text } = await client.text({ method: 'GET', path: `/ops/lake/${key}`, token: client.ops }))
  } catch (fault) {
    // An unreachable server fails the download; a response that breaks off fails only this object.
    if (fault instanceof UnreachableError) throw fault
    return fault instanceof DemoError ? fault.message : 'it breaks off'
  }
  const file = fileOf(key, folder)
  await mkdir(dirname(file), { recursive: true })
  // Renamed only once complete, so that an interrupted run leaves no partial file.
  const partial = `${file}.partial`
  await writeFile(partial, text)
  await utimes(partial, new Date(uploadedAt), new Date(uploadedAt))
  await rename(partial, file)
  return null
}
