import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DemoClient } from '../demo/client.ts'
import { downloadLake } from './lake.ts'
import { ndjsonFilesIn } from './warehouse.ts'

interface Kept {
  uploadedAt: string
  text: string
}

let server: Server
let client: DemoClient
let folder: string
/** The objects of the lake by key, and the keys that were read. */
const objects = new Map<string, Kept>()
let read: string[]

/** A server with only a lake, which lists two objects per page. */
beforeEach(async () => {
  objects.clear()
  read = []
  folder = mkdtempSync(join(tmpdir(), 'petrel-cache-'))
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://lake')
    if (pathname === '/v1/ops/lake') {
      const from = Number(searchParams.get('cursor') ?? 0)
      const keys = [...objects.keys()].filter((key) => key.startsWith(searchParams.get('prefix') ?? ''))
      const data = keys
        .slice(from, from + 2)
        .map((key) => ({ key, uploadedAt: objects.get(key)?.uploadedAt }))
      const nextCursor = from + 2 < keys.length ? String(from + 2) : null
      response.end(JSON.stringify({ data, nextCursor }))
      return
    }
    const key = pathname.replace('/v1/ops/lake/', '')
    if (objects.has(key)) read.push(key)
    const text = objects.get(key)?.text
    if (text === undefined) return void response.writeHead(404).end('{}')
    if (text === 'broken') response.writeHead(500)
    if (text !== 'cut') return void response.end(text)
    response.writeHead(200, { 'Content-Length': '100' })
    response.write(text, () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  client = await DemoClient.connect(`http://127.0.0.1:${address.port}`)
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

const key = (name: string) => `context=order/type=OrderPaid/dt=2026-03-01/hour=10/${name}.ndjson.gz`

describe('downloadLake', () => {
  it('goes without an object that cannot be had, and says which', async () => {
    const texts = { a: 'fine', b: 'broken', c: 'cut', d: 'fine' }
    for (const [name, text] of Object.entries(texts))
      objects.set(key(name), { uploadedAt: '2026-03-01T10:00:00.123Z', text })
    const { files, fetched, setAside } = await downloadLake(client, folder, () => {})
    expect([files.length, fetched]).toEqual([2, 2])
    expect(setAside.map(({ file }) => file).sort()).toEqual([key('b'), key('c')])
  })
  it('brings all objects, and tells how far it is', async () => {
    for (const name of ['a', 'b', 'c'])
      objects.set(key(name), { uploadedAt: '2026-03-01T10:00:00.123Z', text: name })
    const told: string[] = []
    const { files, fetched } = await downloadLake(client, folder, (done, all) => told.push(`${done}/${all}`))
    expect(fetched).toBe(3)
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['a', 'b', 'c'])
    expect(told).toEqual(['0/3', '1/3', '2/3', '3/3'])
  })

  it('fetches again what was written again, and nothing else', async () => {
    for (const name of ['a', 'b'])
      objects.set(key(name), { uploadedAt: '2026-03-01T10:00:00.123Z', text: name })
    await downloadLake(client, folder, () => {})
    read = []
    objects.set(key('b'), { uploadedAt: '2026-03-02T10:00:00.456Z', text: 'b again' })
    objects.set(key('c'), { uploadedAt: '2026-03-02T10:00:00.456Z', text: 'c' })
    const { files, fetched } = await downloadLake(client, folder, () => {})
    expect(fetched).toBe(2)
    expect(read.sort()).toEqual([key('b'), key('c')])
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['a', 'b again', 'c'])
  })

  it('reads what is compacted and what is not, and goes without what was compacted since it was listed', async () => {
    const uploadedAt = '2026-03-01T10:00:00.123Z'
    const ingested = (name: string) => `ingest/dt=2026-03-01/hour=10/${name}.ndjson.gz`
    const part = 'context=order/dt=2026-03-01/hour=10/part.ndjson.gz'
    objects.set(ingested('a'), { uploadedAt, text: 'compacted' })
    objects.set(ingested('b'), { uploadedAt, text: 'new' })
    objects.set(key('old'), { uploadedAt, text: 'old' })
    const counts: string[] = []
    const { files, fetched, setAside } = await downloadLake(client, folder, (done, all) => {
      counts.push(`${done}/${all}`)
      if (counts.length > 1) return
      objects.delete(ingested('a'))
      objects.set(part, { uploadedAt, text: 'part' })
    })
    expect(setAside).toEqual([])
    expect(fetched).toBe(3)
    expect(files.map((file) => readFileSync(file, 'utf8')).sort()).toEqual(['new', 'old', 'part'])
    expect(counts.at(-1)).toBe('4/4')
  })

  it('knows only what the lake holds now', async () => {
    objects.set(key('a'), { uploadedAt: '2026-03-01T10:00:00.123Z', text: 'of a shop that was wiped' })
    await downloadLake(client, folder, () => {})
    objects.clear()
    expect(await downloadLake(client, folder, () => {})).toEqual({ files: [], fetched: 0, setAside: [] })
  })

  it('writes nothing outside its folder', async () => {
    objects.set('context=../../../../x.ndjson', { uploadedAt: '2026-03-01T10:00:00.123Z', text: 'x' })
    objects.set(key('a'), { uploadedAt: '2026-03-01T10:00:00.123Z', text: 'a' })
    const { files } = await downloadLake(client, folder, () => {})
    expect(files.map((file) => relative(folder, file))).toEqual([key('a').replace('.gz', '')])
  })
})

describe('a copy of the lake in a folder', () => {
  it('is read without what was set aside beside it', () => {
    for (const [path, text] of [
      [key('a'), ''],
      ['b.ndjson', '{}'],
      [
        'refused/sink=lake/context=order/type=OrderPaid/dt=2026-03-01/ord_1_1.json',
        '{"reason": "too large"}',
      ],
    ] as const) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    expect(ndjsonFilesIn(folder).map((file) => relative(folder, file))).toEqual(['b.ndjson', key('a')])
  })
})
