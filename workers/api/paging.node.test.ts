import { expect, it } from 'vitest'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from './paging.ts'

const position = z.tuple([z.string(), z.int()])

it('leads back to where the page ended', () => {
  const cursor = encodeCursor(['ä/ö?=&', 42])
  expect(cursor).toMatch(/^[\w-]+$/)
  expect(decodeCursor(position, cursor)).toEqual(['ä/ö?=&', 42])
  expect(decodeCursor(position, undefined)).toBeNull()
})

it.each(['', 'x', '%%%', encodeCursor([1, 2]), btoa('{"a":1}'), btoa('[')])(
  'refuses %s, which was not given out',
  (cursor) => {
    expect(() => decodeCursor(position, cursor)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  },
)
