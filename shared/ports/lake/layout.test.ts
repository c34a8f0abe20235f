import { describe, expect, it } from 'vitest'
import { orderEvent } from './lake.fixture.ts'
import { gunzip, gzip, hourOfIngest, ingestFolderOf, objectName, partitionOf } from './layout.ts'

describe('the folders of an event', () => {
  it('are made of the hour of the event in UTC, and once it is compacted of its context', () => {
    expect(ingestFolderOf(orderEvent(1))).toBe('ingest/dt=2026-03-01/hour=23/')
    expect(partitionOf(orderEvent(1))).toBe('context=order/dt=2026-03-01/hour=23/')
    const next = orderEvent(1, { time: '2026-03-02T00:00:00.000Z' })
    expect(partitionOf(next)).toBe('context=order/dt=2026-03-02/hour=00/')
  })
  it.each(['OrderCreated', 'order.', 'order.Order/../Created', '../order.OrderCreated', 'order.A.B', ''])(
    'do not exist for the type %j',
    (type) => {
      const strange = { ...orderEvent(1), type }
      expect([ingestFolderOf(strange), partitionOf(strange)]).toEqual([null, null])
    },
  )
})

describe('hourOfIngest', () => {
  it('is when the hour of an object begins', () => {
    const key = `${ingestFolderOf(orderEvent(1))}0a.ndjson.gz`
    expect(hourOfIngest(key)).toBe(Date.UTC(2026, 2, 1, 23))
  })
  it.each([
    'context=order/dt=2026-03-01/hour=23/0a.ndjson.gz',
    'refused/ingest/dt=2026-03-01/hour=23/0a.ndjson.gz',
    'replay/x/ingest/dt=2026-03-01/hour=23/0a.ndjson.gz',
    'ingest/dt=2026-03-01/hour=24/0a.ndjson.gz',
    'ingest/dt=2026-13-01/hour=23/0a.ndjson.gz',
    'ingest/dt=2026-03-01/hour=23/0a.json',
    'ingest/dt=2026-03-01/hour=23/more/0a.ndjson.gz',
  ])('is nothing for %s', (key) => {
    expect(hourOfIngest(key)).toBeNull()
  })
})

describe('objectName', () => {
  it('depends on nothing but the ids', async () => {
    const name = await objectName(['a/1', 'a/2'])
    expect(name).toMatch(/^[0-9a-f]{32}\.ndjson\.gz$/)
    expect(await objectName(['a/2', 'a/1', 'a/2'])).toBe(name)
    expect(await objectName(['a/1'])).not.toBe(name)
    expect(await objectName(['a/1', 'a/3'])).not.toBe(name)
  })
})

describe('gunzip', () => {
  it('gives back what was gzipped, byte for byte', async () => {
    const text = '\ufeff{"name": "Zoë"}\n'
    expect(await gunzip(Uint8Array.from(await gzip(text)).buffer)).toBe(text)
  })
  it('refuses what is not gzipped, or no UTF-8', async () => {
    await expect(gunzip(Uint8Array.of(0x7b, 0x7d).buffer)).rejects.toThrow()
    const latin = new Blob([new Uint8Array([0x5a, 0xeb])]).stream().pipeThrough(new CompressionStream('gzip'))
    await expect(gunzip(await new Response(latin).arrayBuffer())).rejects.toThrow(TypeError)
  })
})
