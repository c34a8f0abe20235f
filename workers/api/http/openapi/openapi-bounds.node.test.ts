import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../app.ts'

/** What a JSON Schema of the document says of a value, as far as its ends are concerned. */
const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  maxLength: z.int().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  maxItems: z.int().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
})
type Shape = z.infer<typeof schemaShape>

const parameterShape = z.looseObject({
  $ref: z.string().optional(),
  name: z.string().optional(),
  in: z.string().optional(),
  schema: z.unknown().optional(),
})
const operationShape = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.unknown()).default([]),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown().optional() })) })
    .optional(),
})

const response = await app.request('/openapi.json', {}, { ENVIRONMENT: 'development' })
const document: unknown = await response.json()
const { paths } = z
  .looseObject({ paths: z.record(z.string(), z.record(z.string(), operationShape)) })
  .parse(document)

function resolved<Schema extends z.ZodType<{ $ref?: string | undefined }>>(
  schema: Schema,
  part: unknown,
): z.infer<Schema> {
  const { $ref } = schema.parse(part)
  if ($ref === undefined) return schema.parse(part)
  const steps = $ref.slice('#/'.length).split('/')
  const found = steps.reduce<unknown>(
    (at, step) => z.record(z.string(), z.unknown()).parse(at)[step],
    document,
  )
  return schema.parse(found)
}

/** Formats of which every text has few characters. */
const shortFormats = ['date', 'uuid']
/** A whole pattern without a repetition that has no end. */
const closedPattern = /^\^(?:\\.|\[(?:\\.|[^\]])*\]|[^*+[\\]|(?<!,)\})*\$$/

function hasEnd({ maxLength, enum: values, const: constant, format = '', pattern = '' }: Shape): boolean {
  if (maxLength !== undefined || values !== undefined || constant !== undefined) return true
  return shortFormats.includes(format) || (closedPattern.test(pattern) && !/\{\d+,\}/.test(pattern))
}

/** Every place of a request at which a value has no end. */
function endless(part: unknown, at: string): string[] {
  const shape = resolved(schemaShape, part)
  const types = [shape.type ?? []].flat()
  const isNumber = types.includes('integer') || types.includes('number')
  const hasLower = shape.minimum !== undefined || shape.exclusiveMinimum !== undefined
  const hasUpper = shape.maximum !== undefined || shape.exclusiveMaximum !== undefined
  const alternatives = [...(shape.anyOf ?? []), ...(shape.oneOf ?? []), ...(shape.allOf ?? [])]
  return [
    ...(types.includes('string') && !hasEnd(shape) ? [`${at}: a string`] : []),
    ...(isNumber && !hasLower ? [`${at}: a number without minimum`] : []),
    ...(isNumber && !hasUpper ? [`${at}: a number without maximum`] : []),
    ...(types.includes('array') && shape.maxItems === undefined ? [`${at}: an array`] : []),
    ...Object.entries(shape.properties ?? {}).flatMap(([name, one]) => endless(one, `${at}/${name}`)),
    ...(shape.items === undefined ? [] : endless(shape.items, `${at}/*`)),
    ...alternatives.flatMap((one) => endless(one, at)),
  ]
}

const requests = Object.values(paths)
  .flatMap((item) => Object.values(item))
  .flatMap(({ operationId, parameters, requestBody }) => [
    ...parameters.map((one) => {
      const { name, in: place, schema } = resolved(parameterShape, one)
      return { at: `${operationId} ${place} ${name}`, schema }
    }),
    ...Object.values(requestBody?.content ?? {}).map(({ schema }) => ({ at: `${operationId} body`, schema })),
  ])

describe('what a request may hold', () => {
  it('has both ends everywhere, in the document', () => {
    expect(requests.length).toBeGreaterThan(200)
    expect([...new Set(requests.flatMap(({ at, schema }) => endless(schema, at)))]).toEqual([])
  })

  it.each<[string, object]>([
    ['a text', { type: 'string' }],
    ['a text with an open pattern', { type: 'string', pattern: '^a+$' }],
    ['a text with a pattern that is no whole', { type: 'string', pattern: '^[a-z]{3}' }],
    ['a text with a lower end alone', { type: 'string', pattern: '^[a-z]{3,}$' }],
    ['a time', { type: 'string', format: 'date-time' }],
    ['a number with one end', { type: 'integer', minimum: 0 }],
    ['an array', { type: 'array', items: { type: 'boolean' } }],
    ['what may be null', { type: ['string', 'null'] }],
    [
      'what is deep inside',
      { anyOf: [{ type: 'object', properties: { a: { items: { type: 'number' } } } }] },
    ],
  ])('is found where %s has no end', (_, schema) => {
    expect(endless(schema, '')).not.toEqual([])
  })

  it.each<[object]>([
    [{ type: 'string', maxLength: 3 }],
    [{ type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }],
    [{ type: 'string', pattern: '^pm_[A-Za-z0-9_]{1,120}$' }],
    [{ type: 'string', enum: ['a'] }],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 100 }],
  ])('has its ends in %j', (schema) => {
    expect(endless(schema, '')).toEqual([])
  })
})

describe('what an answer may hold', () => {
  /** References beside which null stands: the reference takes none, so no null could ever be sent. */
  function contradictions(part: unknown, at: string): string[] {
    if (typeof part !== 'object' || part === null) return []
    const { allOf = [] } = schemaShape.safeParse(part).data ?? {}
    const shapes = allOf.map((one) => schemaShape.parse(one))
    const isTorn =
      shapes.some(({ $ref }) => $ref) && shapes.some(({ type }) => [type].flat().includes('null'))
    return [
      ...(isTorn ? [at] : []),
      ...Object.entries(part).flatMap(([name, one]) => contradictions(one, `${at}/${name}`)),
    ]
  }
  it('is null only where its schema takes null', () => {
    expect(contradictions(document, '#')).toEqual([])
    const torn = { a: { allOf: [{ $ref: '#/x' }, { type: ['object', 'null'] }] } }
    expect(contradictions(torn, '#')).toEqual(['#/a'])
  })
})
