import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../app.ts'
import { openApiDocument } from './openapi.ts'
import { parameterVocabulary, vocabulary } from './vocabulary.ts'

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
  allOf: z.array(z.unknown()).default([]),
})
const contentShape = z.record(z.string(), z.looseObject({ schema: z.unknown() })).default({})
const operationShape = z.looseObject({
  operationId: z.string(),
  summary: z.string().default(''),
  description: z.string().default(''),
  parameters: z
    .array(
      z.looseObject({
        $ref: z.string().optional(),
        name: z.string().optional(),
        description: z.string().optional(),
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: contentShape }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: contentShape })),
})
const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.unknown()),
    parameters: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  }),
})

const raw: unknown = JSON.parse(JSON.stringify(openApiDocument(app)))
const document = documentShape.parse(raw)
const operations = Object.values(document.paths).flatMap((item) => Object.values(item))

/** The members of a schema that have no description, by their paths. */
function undescribed(schema: unknown, at: string): string[] {
  const found = schemaShape.safeParse(schema).data
  if (!found) return []
  return [
    ...Object.entries(found.properties ?? {}).flatMap(([name, member]) => [
      ...(schemaShape.safeParse(member).data?.description ? [] : [`${at}.${name}`]),
      ...undescribed(member, `${at}.${name}`),
    ]),
    ...[...found.anyOf, ...found.oneOf, ...found.allOf, found.items, found.additionalProperties].flatMap(
      (part) => undescribed(part, at),
    ),
  ]
}

describe('the OpenAPI document', () => {
  it('says what each operation does, in short and at length', () => {
    expect(operations.length).toBeGreaterThan(80)
    for (const { operationId, summary, description } of operations) {
      expect(summary, operationId).toMatch(/^[A-Z].{8,}[^.]$/s)
      expect(description, operationId).toMatch(/^[A-Z`].{20,}\.$/s)
    }
  })

  it('says what each member means', () => {
    const ofComponents = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      undescribed(schema, name),
    )
    const ofOperations = operations.flatMap(({ operationId, requestBody, responses }) => [
      ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => undescribed(schema, operationId)),
      ...Object.entries(responses)
        .filter(([status]) => status < '300')
        .flatMap(([, { content }]) => Object.values(content))
        .flatMap(({ schema }) => undescribed(schema, operationId)),
    ])
    expect([...new Set([...ofComponents, ...ofOperations])]).toEqual([])
    expect(undescribed({ items: { properties: { a: {}, b: { description: 'B.' } } } }, 'x')).toEqual(['x.a'])
  })

  it('says what each parameter means', () => {
    const missing = operations.flatMap(({ operationId, parameters }) =>
      parameters.flatMap(({ $ref, name, description }) => {
        const shared = document.components.parameters[$ref?.split('/').at(-1) ?? '']
        return (shared?.description ?? description) ? [] : [`${operationId} ${name}`]
      }),
    )
    expect(missing).toEqual([])
  })

  it('names the unit of every number of money, weight, bytes and time', () => {
    for (const [name, meaning] of Object.entries(vocabulary)) {
      const last = name.split('.').at(-1) ?? ''
      expect(meaning, name).toMatch(/^[A-Z`][\s\S]*\.$/)
      if (/At$|^(time|newDate|expectedBy|promised.*)$/.test(last)) expect(meaning, name).toContain('UTC')
      if (/Milliseconds$/.test(last)) expect(meaning, name).toContain('ms')
      if (/^(size|bytes)$/.test(last)) expect(meaning, name).toContain('bytes')
      if (/Grams$/.test(last)) expect(meaning, name).toContain('grams')
      if (/currency/i.test(last)) expect(meaning, name).toContain('ISO 4217')
    }
  })

  it('has every entry of the vocabulary', () => {
    const text = JSON.stringify(raw)
    for (const [name, meaning] of [...Object.entries(vocabulary), ...Object.entries(parameterVocabulary)])
      expect(text.includes(JSON.stringify(meaning)), `nothing is described by ${name}`).toBe(true)
  })
})
