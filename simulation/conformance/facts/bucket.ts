import { type Fact, thrownBy } from '../fact.ts'

/** Which fields of the metadata an object has. */
const given = (metadata: R2HTTPMetadata = {}) =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))

const keysOf = ({ objects }: R2Objects) => objects.map(({ key }) => key)

export const bucketFacts: readonly Fact[] = [
  {
    name: 'R2 gives back what was put, as text, JSON, bytes or stream',
    async run({ env }) {
      await env.BUCKET.put('read/json', '{"a":"🦜"}', { httpMetadata: { contentType: 'application/json' } })
      await env.BUCKET.put('read/bytes', new Uint8Array([0, 255]))
      await env.BUCKET.put('read/empty', '')
      await env.BUCKET.put('read/part', new Uint8Array([9, 1, 2, 9]).subarray(1, 3))
      const get = async (key: string) =>
        (await env.BUCKET.get(key)) ?? Promise.reject(new Error(`${key} is missing`))
      return {
        text: await (await get('read/json')).text(),
        json: await (await get('read/json')).json(),
        bytes: await (await get('read/bytes')).arrayBuffer(),
        part: await (await get('read/part')).arrayBuffer(),
        stream: await new Response((await get('read/json')).body).text(),
        empty: await (await get('read/empty')).text(),
        metadata: given((await get('read/json')).httpMetadata),
        noMetadata: given((await get('read/bytes')).httpMetadata),
        size: (await get('read/json')).size,
      }
    },
    expect: {
      text: '{"a":"🦜"}',
      json: { a: '🦜' },
      bytes: '<ArrayBuffer 0 255>',
      part: '<ArrayBuffer 1 2>',
      stream: '{"a":"🦜"}',
      empty: '',
      metadata: { contentType: 'application/json' },
      noMetadata: {},
      size: 12,
    },
  },
  {
    name: 'The body of an object of R2 can be read once',
    async run({ env }) {
      await env.BUCKET.put('once', 'x')
      const stored = await env.BUCKET.get('once')
      if (!stored) return null
      const before = stored.bodyUsed
      await stored.text()
      const again = await thrownBy(() => stored.text())
      return { before, after: stored.bodyUsed, again: again instanceof Error ? again.name : again }
    },
    expect: { before: false, after: true, again: 'TypeError' },
  },
  {
    name: 'What R2 does not have is null, and deleting it is no fault',
    async run({ env }) {
      return {
        get: await env.BUCKET.get('missing'),
        head: await env.BUCKET.head('missing'),
        deleted: await env.BUCKET.delete('missing'),
      }
    },
    expect: { get: null, head: null, deleted: '<undefined>' },
  },
  {
    name: 'A put to R2 overwrites, and a delete removes one or many',
    async run({ env }) {
      await env.BUCKET.put('over/a', 'old', { httpMetadata: { contentType: 'text/plain' } })
      await env.BUCKET.put('over/a', 'new')
      const stored = await env.BUCKET.get('over/a')
      const text = await stored?.text()
      await env.BUCKET.put('over/b', '')
      await env.BUCKET.put('over/c', '')
      await env.BUCKET.delete('over/a')
      const one = keysOf(await env.BUCKET.list({ prefix: 'over/' }))
      await env.BUCKET.delete(['over/b', 'over/c'])
      return {
        text,
        metadata: given(stored?.httpMetadata),
        one,
        many: keysOf(await env.BUCKET.list({ prefix: 'over/' })),
      }
    },
    expect: { text: 'new', metadata: {}, one: ['over/b', 'over/c'], many: [] },
  },
  {
    name: 'R2 lists keys in the order of their bytes, by prefix, in pages',
    async run({ env }) {
      const keys = ['b', 'a/2', 'a/10', 'a', 'B', 'é', 'z', '🦜', '\uff5e', 'a/']
      for (const key of keys) await env.BUCKET.put(`list/${key}`, key)
      const all = await env.BUCKET.list({ prefix: 'list/' })
      const page = await env.BUCKET.list({ prefix: 'list/a', limit: 2 })
      const rest = page.truncated
        ? await env.BUCKET.list({ prefix: 'list/a', limit: 2, cursor: page.cursor })
        : null
      const after = await env.BUCKET.list({ prefix: 'list/', startAfter: 'list/a/10', limit: 2 })
      const exact = await env.BUCKET.list({ prefix: 'list/a', limit: 4 })
      return {
        all: keysOf(all),
        truncated: all.truncated,
        page: keysOf(page),
        pageTruncated: page.truncated,
        rest: rest && keysOf(rest),
        restTruncated: rest?.truncated,
        after: keysOf(after),
        exact: exact.truncated,
        none: keysOf(await env.BUCKET.list({ prefix: 'list/nothing' })),
      }
    },
    expect: {
      all: ['B', 'a', 'a/', 'a/10', 'a/2', 'b', 'z', 'é', '\uff5e', '🦜'].map((key) => `list/${key}`),
      truncated: false,
      page: ['list/a', 'list/a/'],
      pageTruncated: true,
      rest: ['list/a/10', 'list/a/2'],
      restTruncated: false,
      after: ['list/a/2', 'list/b'],
      exact: false,
      none: [],
    },
  },
  {
    name: 'R2 lists folders by a delimiter',
    async run({ env }) {
      for (const key of ['x/1', 'x/2', 'y/1', 'top']) await env.BUCKET.put(`tree/${key}`, key)
      const { objects, delimitedPrefixes } = await env.BUCKET.list({ prefix: 'tree/', delimiter: '/' })
      return { keys: objects.map(({ key }) => key), delimitedPrefixes }
    },
    expect: { keys: ['tree/top'], delimitedPrefixes: ['tree/x/', 'tree/y/'] },
  },
  {
    name: 'R2 says when an object was written and how large it is',
    async run({ env }) {
      const before = Date.now()
      await env.BUCKET.put('facts', 'abc', { customMetadata: { reason: 'x' } })
      const after = Date.now()
      const head = await env.BUCKET.head('facts')
      const listed = (await env.BUCKET.list({ prefix: 'facts' })).objects[0]
      const at = listed?.uploaded.getTime() ?? 0
      return {
        size: head?.size,
        custom: head?.customMetadata,
        listed: listed?.size,
        uploaded: before <= at + 5 && at <= after + 5,
      }
    },
    expect: { size: 3, custom: { reason: 'x' }, listed: 3, uploaded: true },
  },
  {
    name: 'A key of more than 1,024 bytes is a fault of R2',
    async run({ env }) {
      const fault = async (work: () => unknown) => {
        const thrown = await thrownBy(work)
        return thrown instanceof Error ? thrown.message : thrown
      }
      return {
        longest: await fault(() => env.BUCKET.get('x'.repeat(1_024))),
        get: await fault(() => env.BUCKET.get('x'.repeat(1_025))),
        put: await fault(() => env.BUCKET.put('x'.repeat(1_025), '')),
      }
    },
    expect: {
      longest: 'nothing thrown',
      get: 'get: The specified object name is not valid. (10020)',
      put: 'put: The specified object name is not valid. (10020)',
    },
  },
]
