import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorsOf } from './operation.ts'
import { methodsAt } from './request/methods.ts'

const schema = z.strictObject({ lines: z.array(z.strictObject({ 'a/b~c': z.int() })), name: z.string() })

function errors(target: string, value: unknown) {
  const { error } = schema.safeParse(value)
  return error ? errorsOf(target, error) : []
}

describe('what is wrong with a body', () => {
  it('is pointed at (RFC 6901), every part of it', () => {
    const found = errors('json', { lines: [{ 'a/b~c': 1 }, { 'a/b~c': 'x', extra: 1 }], name: 2 })
    expect(found.map((one) => 'pointer' in one && one.pointer)).toEqual([
      '/lines/1/a~1b~0c',
      '/lines/1/extra',
      '/name',
    ])
  })
  it('names each unknown field', () => {
    expect(errors('json', { lines: [], name: '', x: 1, y: 2 })).toEqual([
      { pointer: '/x', code: 'unknown_field', detail: expect.any(String) },
      { pointer: '/y', code: 'unknown_field', detail: expect.any(String) },
    ])
  })
  it('never quotes what was sent', () => {
    expect(JSON.stringify(errors('json', { lines: 'secret-one', name: ['secret-two'] }))).not.toContain(
      'secret',
    )
  })
  it.each([
    ['of its own', { params: { code: 'ends_before_start' } }, 'ends_before_start'],
    ['of none', {}, 'invalid_value'],
    ['of no text', { params: { code: 7 } }, 'invalid_value'],
  ])('that breaks a rule with a code %s is told by a code that says something', (_, rule, code) => {
    const { error } = z
      .string()
      .refine(() => false, rule)
      .safeParse('x')
    expect(error && errorsOf('json', error)).toMatchObject([{ code }])
  })
  it('is the whole body when that is no object', () => {
    expect(errors('json', [])).toMatchObject([{ pointer: '' }])
  })
})

it('what is wrong with a query is named by its parameter', () => {
  expect(errors('query', { lines: [] })).toMatchObject([{ parameter: 'name' }])
  expect(errors('query', { lines: [], name: '', x: 1 })).toEqual([
    { parameter: 'x', code: 'unknown_parameter', detail: 'This parameter is unknown.' },
  ])
})

describe('the methods of an address', () => {
  const allowedAt = methodsAt([
    { method: 'ALL', path: '/*' },
    { method: 'GET', path: '/orders/:id' },
    { method: 'GET', path: '/orders/:id' },
    { method: 'DELETE', path: '/orders/:id' },
    { method: 'POST', path: '/orders' },
    { method: 'GET', path: '/lake/:key{.+}' },
    { method: 'GET', path: '/openapi.json' },
  ])
  it.each([
    ['/orders', ['POST']],
    ['/orders/1', ['DELETE', 'GET', 'HEAD']],
    ['/orders/1/2', []],
    ['/lake/a/b=c', ['GET', 'HEAD']],
    ['/openapi.json', ['GET', 'HEAD']],
    ['/openapixjson', []],
    ['/', []],
  ])('%s takes %j', (path, methods) => {
    expect(allowedAt(path)).toEqual(methods)
  })
})
