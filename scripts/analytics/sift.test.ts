import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { happened, ndjson } from './given.fixture.ts'
import { questions } from './questions.ts'
import { answer } from './report.ts'
import { setAsideText } from './sift.ts'
import { EmptyLakeError, ndjsonFilesIn, Warehouse } from './warehouse.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-sift-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const product = (sku: string, name: string) =>
  ndjson([happened('catalog.ProductCreated', sku, 1, '2026-03-01T10:00:00Z', { name })])

async function read() {
  const warehouse = await Warehouse.load(ndjsonFilesIn(folder))
  try {
    const { answers } = await answer(warehouse, questions, 'here')
    const [{ events } = {}] = await warehouse.query('SELECT count(*) AS events FROM events')
    return { events: Number(events), answers, setAside: warehouse.setAside }
  } finally {
    warehouse.close()
  }
}

const unreadable: [string, string | Buffer][] = [
  ['half of a surrogate pair', product('BAD', 'Mug \ud800')],
  ['half of one in a name', `${product('BAD', 'Mug').trim().replace('"name"', '"\\udc00"')}\n`],
  ['NUL', product('BAD', 'Mug \u0000')],
  ['half a line', product('BAD', 'Mug').slice(0, 80).concat('\n')],
  ['no JSON', 'what is this?\n'],
  ['another JSON', '{"hello":"world"}\n'],
  ['a time that is none', product('BAD', 'Mug').replace('2026-03-01T', '2026-13-41T')],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(product('BAD', 'x').slice(0, 60)), Buffer.from([0xff, 0xfe, 0x0a])]),
  ],
]

it.each(unreadable)('a line with %s is set aside, and every question answered', async (_, line) => {
  writeFileSync(join(folder, 'good.ndjson'), product('ONE', 'Mug'))
  const mixed = Buffer.concat([
    Buffer.from(product('TWO', 'Cup')),
    Buffer.from(line),
    Buffer.from(product('THREE', 'Jug')),
  ])
  writeFileSync(join(folder, 'mixed.ndjson.gz'), gzipSync(mixed))
  const { events, answers, setAside } = await read()
  expect(events).toBe(3)
  expect(answers).toHaveLength(questions.length)
  expect(setAside).toEqual([{ file: join(folder, 'mixed.ndjson.gz'), line: 2, reason: expect.any(String) }])
  expect(setAsideText(setAside)).toContain(`1 line.`)
  expect(setAsideText(setAside)).toContain('mixed.ndjson.gz:2')
})

it('a file that cannot be read is set aside whole', async () => {
  writeFileSync(join(folder, 'good.ndjson'), product('ONE', 'Mug'))
  writeFileSync(join(folder, 'cut.ndjson.gz'), gzipSync(product('TWO', 'Cup')).subarray(0, 40))
  const { events, setAside } = await read()
  expect(events).toBe(1)
  expect(setAside).toMatchObject([{ file: join(folder, 'cut.ndjson.gz') }])
  expect(setAsideText(setAside)).toContain('1 file.')
})

it('text that only looks like it is not set aside', async () => {
  writeFileSync(join(folder, 'good.ndjson'), product('ONE', 'Mug \\ud800 \\u0000 👍'))
  expect(await read()).toMatchObject({ events: 1, setAside: [] })
})

it('where nothing can be read, there are no events', async () => {
  writeFileSync(join(folder, 'bad.ndjson'), 'nothing\n')
  await expect(read()).rejects.toThrow(EmptyLakeError)
})

it('names the first places alone', () => {
  const setAside = Array.from({ length: 12 }, (_, line) => ({
    file: 'a',
    line: line + 1,
    reason: 'not JSON',
  }))
  expect(setAsideText(setAside, 2)).toBe(
    'Set aside, as it cannot be read: 12 lines. The answers are without it.\n  a:1  not JSON\n  a:2  not JSON\n  and 10 more\n',
  )
  expect(setAsideText([])).toBe('')
})
