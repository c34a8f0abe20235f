import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { incompatibilities } from './schema-compatibility.ts'

const line = {
  type: 'object',
  properties: { sku: { type: 'string' }, gift: { type: 'boolean' } },
  required: ['sku'],
}
const published = {
  $id: '/schemas/stationery.Noted.v1.json',
  title: 'stationery.Noted',
  type: 'object',
  properties: {
    note: { type: 'string', minLength: 1, maxLength: 80 },
    mood: { type: 'string', enum: ['glad', 'sad'] },
    lines: { type: 'array', items: line },
    facts: { type: 'object', additionalProperties: { type: 'string' } },
    by: {
      oneOf: [
        { type: 'object', properties: { is: { const: 'guest' } }, required: ['is'] },
        { type: 'object', properties: { is: { const: 'member' }, id: { type: 'string' } }, required: ['is'] },
      ],
    },
  },
  required: ['note', 'mood', 'lines'],
}
const { properties } = published
const [guest, member] = properties.by.oneOf

/** The published schema with other properties. */
const having = (changes: object) => ({ ...published, properties: { ...properties, ...changes } })
const text = { type: 'string' }

describe('readers can go on with', () => {
  it.each([
    ['what has not changed', published],
    ['a new property that may be missing', having({ colour: text })],
    [
      'one further down',
      having({ lines: { type: 'array', items: { ...line, properties: { ...line.properties, at: text } } } }),
    ],
    [
      'one of a variant',
      having({ by: { oneOf: [{ ...guest, properties: { ...guest?.properties, name: text } }, member] } }),
    ],
    ['a description', having({ mood: { ...properties.mood, description: 'How it was meant.' } })],
    ['another order', having({ mood: { enum: ['sad', 'glad'], type: 'string' } })],
    ['another order of what is required', { ...published, required: ['mood', 'lines', 'note'] }],
  ])('%s', (_, after) => {
    expect(incompatibilities(published, after)).toEqual([])
  })
})

describe('readers are broken by', () => {
  const { note: _, ...noteless } = properties
  it.each([
    ['a property that is gone', { ...published, properties: noteless }, '/properties/note is gone'],
    [
      'one that need not be there any more',
      { ...published, required: ['note', 'mood'] },
      '/properties/lines is no longer required',
    ],
    [
      'one that has to be there now',
      { ...published, required: [...published.required, 'by'] },
      '/properties/by is required now',
    ],
    [
      'another type',
      having({ note: { type: 'integer' } }),
      '/properties/note/type was ["string"] and is ["integer"]',
    ],
    [
      'a wider type',
      having({ note: { ...properties.note, type: ['string', 'null'] } }),
      '/properties/note/type',
    ],
    [
      'a wider bound',
      having({ note: { ...properties.note, maxLength: 81 } }),
      '/properties/note/maxLength was 80 and is 81',
    ],
    [
      'a narrower bound',
      having({ note: { ...properties.note, maxLength: 79 } }),
      '/properties/note/maxLength',
    ],
    ['no bound', having({ note: text }), '/properties/note/minLength was 1 and is not there'],
    [
      'a pattern',
      having({ note: { ...properties.note, pattern: '^a' } }),
      '/properties/note/pattern was not there',
    ],
    [
      'a new value of an enum',
      having({ mood: { type: 'string', enum: ['glad', 'sad', 'odd'] } }),
      '/properties/mood/enum',
    ],
    ['a value less', having({ mood: { type: 'string', enum: ['glad'] } }), '/properties/mood/enum'],
    [
      'a new variant',
      having({ by: { oneOf: [guest, member, text] } }),
      '/properties/by/oneOf had 2 variants and has 3',
    ],
    ['a variant less', having({ by: { oneOf: [guest] } }), '/properties/by/oneOf had 2 variants and has 1'],
    ['a change within a list', having({ lines: { type: 'array', items: text } }), '/properties/lines/items'],
    [
      'an object that is closed',
      { ...published, additionalProperties: false },
      '/additionalProperties was not there and is false',
    ],
    [
      'values of another type',
      having({ facts: { type: 'object', additionalProperties: {} } }),
      '/properties/facts/additionalProperties/type',
    ],
    [
      'a name where every name had a meaning',
      having({ facts: { ...properties.facts, properties: { count: { type: 'integer' } } } }),
      'the published additionalProperties speaks of it already',
    ],
    [
      'a keyword that it does not know',
      { ...published, dependentRequired: { note: ['by'] } },
      '/dependentRequired',
    ],
    ['no schema at all', true, '/ was {'],
  ])('%s', (_, after, told) => {
    expect(incompatibilities(published, after).join('\n')).toContain(told)
  })
})

/** The subset of schemas that events use: generated here, then rendered as JSON Schema and as values. */
type Shape =
  | { readonly is: 'text'; readonly longest: number }
  | { readonly is: 'one of'; readonly values: readonly string[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'object'; readonly fields: Readonly<Record<string, Field>> }
  | { readonly is: 'variant'; readonly of: Readonly<Record<string, Readonly<Record<string, Field>>>> }
interface Field {
  readonly shape: Shape
  readonly required: boolean
}

const names = fc.constantFrom('a', 'b', 'c', 'd')
const { shape: shapes } = fc.letrec<{ shape: Shape; fields: Record<string, Field>; leaf: Shape }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ is: fc.constant('text' as const), longest: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ is: fc.constant('one of' as const), values: fc.uniqueArray(names, { minLength: 1 }) }),
  ),
  fields: fc.dictionary(names, fc.record({ shape: tie('shape'), required: fc.boolean() }), { maxKeys: 3 }),
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({ is: fc.constant('list' as const), of: tie('shape') }),
    fc.record({ is: fc.constant('object' as const), fields: tie('fields') }),
    fc.record({
      is: fc.constant('variant' as const),
      of: fc.dictionary(names, tie('fields'), { minKeys: 1, maxKeys: 2 }),
    }),
  ),
}))

function schemaOf(shape: Shape): object {
  switch (shape.is) {
    case 'text':
      return { type: 'string', maxLength: shape.longest }
    case 'one of':
      return { type: 'string', enum: shape.values }
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) }
    case 'object':
      return objectSchema(shape.fields)
    case 'variant':
      return {
        oneOf: Object.entries(shape.of).map(([is, fields]) => objectSchema(fields, { is: { const: is } })),
      }
  }
}

function objectSchema(
  fields: Readonly<Record<string, Field>>,
  constants: Readonly<Record<string, object>> = {},
) {
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []))
  return {
    type: 'object',
    properties: {
      ...constants,
      ...Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, schemaOf(shape)])),
    },
    required: [...Object.keys(constants), ...required],
  }
}

/** Values as Petrel writes them: only named properties. */
function written(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.is) {
    case 'text':
      return fc.string({ maxLength: shape.longest })
    case 'one of':
      return fc.constantFrom(...shape.values)
    case 'list':
      return fc.array(written(shape.of), { maxLength: 2 })
    case 'object':
      return writtenFields(shape.fields)
    case 'variant':
      return fc.oneof(
        ...Object.entries(shape.of).map(([is, fields]) =>
          writtenFields(fields).map((rest) => ({ ...rest, is })),
        ),
      )
  }
}

function writtenFields(fields: Readonly<Record<string, Field>>): fc.Arbitrary<object> {
  const values = Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, written(shape)]))
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []))
  return fc.record(values, { requiredKeys: required })
}

/** A shape with random edits. */
function changes(shape: Shape): fc.Arbitrary<Shape> {
  const same = { weight: 4, arbitrary: fc.constant(shape) }
  const other = { weight: 1, arbitrary: shapes }
  switch (shape.is) {
    case 'text':
    case 'one of':
      return fc.oneof(same, other)
    case 'list':
      return fc.oneof(same, other, {
        weight: 4,
        arbitrary: changes(shape.of).map((of) => ({ is: shape.is, of })),
      })
    case 'object':
      return fc.oneof(other, {
        weight: 8,
        arbitrary: changedFields(shape.fields).map((fields) => ({ is: shape.is, fields })),
      })
    case 'variant':
      return fc
        .record(
          Object.fromEntries(Object.entries(shape.of).map(([is, fields]) => [is, changedFields(fields)])),
        )
        .map((of) => ({ is: shape.is, of }))
  }
}

function changedFields(fields: Readonly<Record<string, Field>>): fc.Arbitrary<Record<string, Field>> {
  const kept = Object.entries(fields).map(([name, { shape, required }]) => [
    name,
    fc.record({
      shape: changes(shape),
      required: fc.oneof(
        { weight: 6, arbitrary: fc.constant(required) },
        { weight: 1, arbitrary: fc.boolean() },
      ),
    }),
  ])
  const added = fc.dictionary(
    fc.constantFrom('e', 'f'),
    fc.record({ shape: shapes, required: fc.constantFrom(false, false, false, true) }),
    { maxKeys: 1 },
  )
  return fc.tuple(fc.record(Object.fromEntries(kept)), added).map(([old, fresh]) => ({ ...old, ...fresh }))
}

describe('whatever is changed', () => {
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false })
  const changed = shapes.chain((before) => changes(before).map((after) => ({ before, after })))
  const both = changed.chain(({ before, after }) =>
    fc.record({
      before: fc.constant(before),
      after: fc.constant(after),
      stored: written(before),
      fresh: written(after),
    }),
  )

  it('either breaks a promise, or what is stored and what is new can be read with both schemas', () => {
    let compatible = 0
    let broken = 0
    fc.assert(
      fc.property(both, ({ before, after, stored, fresh }) => {
        const [was, is] = [schemaOf(before), schemaOf(after)]
        if (incompatibilities(was, is).length > 0) {
          broken += 1
          return
        }
        compatible += JSON.stringify(was) === JSON.stringify(is) ? 0 : 1
        expect(ajv.validate(is, stored)).toBe(true)
        expect(ajv.validate(was, fresh)).toBe(true)
      }),
      { numRuns: 500 },
    )
    expect(compatible).toBeGreaterThan(20)
    expect(broken).toBeGreaterThan(50)
  })

  it('nothing is said of a schema that is the same', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        expect(incompatibilities(schemaOf(shape), schemaOf(shape))).toEqual([])
      }),
    )
  })
})
