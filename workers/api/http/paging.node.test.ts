import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sendJson } from './context.ts'
import { jsonResponse, queryResponses } from './openapi/documented.ts'
import { newApi, queryRoute } from './operation.ts'
import { decodeCursor, encodeCursor, pageQuery } from './paging.ts'
import { answerFault } from './problems.ts'

const position = z.tuple([z.string(), z.int()])
const development = { ENVIRONMENT: 'development' }
const answer = z.looseObject({
  after: position.nullish(),
  next: z.string().optional(),
  errors: z.array(z.object({ parameter: z.string().optional(), code: z.string() })).optional(),
})

/** Two lists, the second of one thing each. */
const api = newApi()
api.onError(answerFault)
api.use((c, next) => {
  c.set('trace', { correlationId: 'test' })
  return next()
})
for (const [operationId, path, params] of [
  ['listA', '/a', z.strictObject({})],
  ['listB', '/b/{id}', z.strictObject({ id: z.string() })],
] as const)
  api.openapi(
    queryRoute({
      operationId,
      path,
      tag: 'test',
      summary: 'A list',
      who: 'anyone',
      params,
      query: pageQuery.extend({ colour: z.enum(['red', 'blue']).optional(), owner: z.string().optional() }),
      responses: queryResponses(jsonResponse('A page.', z.unknown())),
    }),
    (c) => {
      const { cursor, owner } = c.req.valid('query')
      const after = decodeCursor(c, position, cursor, { owner })
      return sendJson(c, { after, next: encodeCursor(c, ['ä/ö?=&', 42], { owner }) })
    },
  )

async function get(path: string, env: Record<string, string> = development) {
  const response = await api.request(path, {}, env)
  return { status: response.status, ...answer.parse(await response.json()) }
}

const unknown = { status: 422, errors: [{ parameter: 'cursor', code: 'unknown_cursor' }] }

describe('a cursor', () => {
  it.each(['/a', '/a?colour=red', '/a?limit=3&colour=blue', '/b/1', '/b/1?owner=ada'])(
    'leads back to where the page of %s ended, whatever the size of the next',
    async (path) => {
      const { next = '', after } = await get(path)
      expect(after).toBeNull()
      expect(next).toMatch(/^[\w-]+$/)
      const separator = path.includes('?') ? '&' : '?'
      const again = path.includes('limit') ? '' : '&limit=7'
      expect(await get(`${path}${separator}cursor=${next}${again}`)).toMatchObject({ after: ['ä/ö?=&', 42] })
    },
  )

  it.each([
    ['another list', '/b/1', '/a?'],
    ['the list of another thing', '/b/1', '/b/2?'],
    ['another filter', '/a?colour=red', '/a?colour=blue&'],
    ['no filter', '/a?colour=red', '/a?'],
    ['a filter more', '/a', '/a?colour=red&'],
    ["somebody else's list", '/a?owner=ada', '/a?owner=bob&'],
  ])('is refused for %s', async (_, from, to) => {
    const { next } = await get(from)
    expect(await get(`${to}cursor=${next}`)).toMatchObject(unknown)
  })

  it('is refused by a deployment with another key', async () => {
    const { next } = await get('/a')
    const other = { ENVIRONMENT: 'production', JWT_SECRET: 'o'.repeat(40) }
    expect(await get(`/a?cursor=${next}`, other)).toMatchObject(unknown)
  })

  it('is refused when a letter of it is changed, left out or added', async () => {
    const { next = '' } = await get('/a')
    const changed = [...next].map(
      (letter, index) => next.slice(0, index) + (letter === 'A' ? 'B' : 'A') + next.slice(index + 1),
    )
    for (const forged of [...changed, next.slice(1), next.slice(0, -1), `${next}=`, `${next}.`, `${next}AA`])
      expect(await get(`/a?cursor=${encodeURIComponent(forged)}`), forged).toMatchObject(unknown)
  })

  it.each(['', 'x', '%25', btoa('["a",1]'), btoa('{"a":1}'), btoa('[')])(
    'is refused as %j, which was not given out',
    async (cursor) => {
      expect(await get(`/a?cursor=${encodeURIComponent(cursor)}`)).toMatchObject(unknown)
    },
  )
})

describe('the limit of a page', () => {
  it.each(['1', '100', '07'])('is taken as %j', async (limit) => {
    expect((await get(`/a?limit=${limit}`)).status).toBe(200)
  })
  it.each([
    '0x10',
    ' 5',
    '5 ',
    '+5',
    '-1',
    '1e1',
    '5.0',
    '',
    '0',
    '101',
    '٥',
    '5_0',
    '9'.repeat(17),
    'NaN',
    'Infinity',
    '0b11',
  ])('is refused as %j', async (limit) => {
    expect(await get(`/a?limit=${encodeURIComponent(limit)}`)).toMatchObject({
      status: 422,
      errors: [{ parameter: 'limit' }],
    })
  })
})
