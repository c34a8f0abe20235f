import { expect, it } from 'vitest'
import { z } from 'zod'
import { validationText } from './validation-texts.ts'

const union = z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })])

it.each<[string, z.ZodType, unknown, string]>([
  ['missing', z.object({ a: z.string() }), {}, 'This is required.'],
  ['of another type', z.string(), 1, 'This has to be a text.'],
  ['a fraction', z.int(), 1.5, 'This has to be a whole number.'],
  ['not a list', z.array(z.string()), {}, 'This has to be a list.'],
  ['of a strange type', z.date(), 1, 'This has to be of another type.'],
  ['another constant', z.literal(true), false, 'This has to be true.'],
  ['none of these', z.enum(['a', 'b']), 'c', 'This has to be one of a, b.'],
  ['short', z.string().min(2), 'a', 'This has to have at least 2 characters.'],
  ['long', z.string().max(2), 'abc', 'This has to have at most 2 characters.'],
  ['of another length', z.string().length(2), 'abc', 'This has to have exactly 2 characters.'],
  ['a short list', z.array(z.int()).min(1), [], 'This has to have at least 1 entries.'],
  ['small', z.int().min(2), 1, 'This has to be at least 2.'],
  ['not above', z.number().gt(0), 0, 'This has to be more than 0.'],
  ['large', z.int().max(2), 3, 'This has to be at most 2.'],
  ['not below', z.number().lt(2), 2, 'This has to be less than 2.'],
  ['between steps', z.number().multipleOf(0.5), 0.3, 'This has to be a multiple of 0.5.'],
  ['no day', z.iso.date(), 'x', 'This has to be a day (RFC 3339), such as 2026-11-29.'],
  ['no time', z.iso.datetime(), 'x', 'This has to be a time (RFC 3339), such as 2026-11-29T10:00:00Z.'],
  ['no URL', z.url(), 'x', 'This has to be a URL.'],
  ['of another form', z.string().regex(/^a$/), 'x', 'This does not have the form that is asked for.'],
  ['unknown', z.strictObject({}), { a: 1 }, 'This is unknown.'],
  ['of no kind', union, { kind: 'b' }, 'This has none of the forms that are allowed here.'],
  [
    'nothing of these',
    z.union([z.string(), z.int()]),
    null,
    'This has none of the forms that are allowed here.',
  ],
  ['against a rule', z.string().refine(() => false), 'x', 'This is not allowed here.'],
])('what is %s is told in our own words', (_, schema, value, text) => {
  expect(schema.safeParse(value).error?.issues.map(({ message }) => message)).toEqual([text])
})

it("a schema's own text goes before", () => {
  const { error } = z.string().regex(/^a$/, 'must be a').safeParse('b')
  expect(error?.issues[0]?.message).toBe('must be a')
})

it('never has the value', () => {
  const issue = { code: 'invalid_type', expected: 'string', input: 'secret', message: undefined } as const
  expect(validationText(issue)).not.toContain('secret')
})
