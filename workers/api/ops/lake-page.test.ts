import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lakePage } from './lake-page.ts'

const keys = ['page/a', 'page/b', 'page/c', 'page/d']

/** The bucket as it may be: it answers with one object at a time. */
const hesitant: Pick<R2Bucket, 'list'> = { list: (options) => env.LAKE.list({ ...options, limit: 1 }) }

beforeEach(async () => {
  for (const key of [...keys, 'other']) await env.LAKE.put(key, '')
})
afterEach(() => env.LAKE.delete([...keys, 'other']))

it.each([
  ['fills a page', { limit: 2 }, ['page/a', 'page/b'], true],
  ['begins after a key', { limit: 3, startAfter: 'page/b' }, ['page/c', 'page/d'], false],
  ['ends with the last object', { limit: 4 }, keys, false],
])('a page of the lake that R2 lists bit by bit %s', async (_, options, expected, isTruncated) => {
  const { objects, truncated } = await lakePage(hesitant, { prefix: 'page/', ...options })
  expect(objects.map(({ key }) => key)).toEqual(expected)
  expect(truncated).toBe(isTruncated)
})
