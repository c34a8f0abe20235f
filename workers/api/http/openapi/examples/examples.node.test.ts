import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../../app.ts'
import { eventSchema } from '../event-schemas.ts'
import { openApiDocument } from '../openapi.ts'
import { afterCommands } from './after-commands.ts'
import { operationExamples } from './operation-resources.ts'
import { requestExamples } from './requests.ts'
import { resourceExamples } from './resources.ts'

const mediaShape = z.looseObject({
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.looseObject({ value: z.unknown() })).optional(),
})
const withContent = z.looseObject({ content: z.record(z.string(), mediaShape).default({}) })
const documentShape = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        requestBody: withContent.optional(),
        responses: z.record(z.string(), withContent),
      }),
    ),
  ),
})

const raw = z.looseObject({}).parse(JSON.parse(JSON.stringify(openApiDocument(app))))
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema(raw, 'document')

const escaped = (step: string) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))

/** Every place of an example: of a request, and of a successful answer. */
const places = Object.entries(documentShape.parse(raw).paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, { operationId, requestBody, responses }]) => {
    const at = `document#/paths/${escaped(path)}/${method}`
    const bodies = [
      ...(requestBody ? [{ what: 'request', at: `${at}/requestBody`, ...requestBody }] : []),
      ...Object.entries(responses)
        .filter(([status]) => status < '300')
        .map(([status, response]) => ({ what: status, at: `${at}/responses/${status}`, ...response })),
    ]
    return bodies.flatMap(({ what, at: body, content }) =>
      Object.entries(content).map(([type, media]) => ({
        ...{ operationId, what, media },
        id: `${body}/content/${escaped(type)}/schema`,
      })),
    )
  }),
)

const examplesOf = ({ example, examples }: z.infer<typeof mediaShape>): unknown[] =>
  examples ? Object.values(examples).map(({ value }) => value) : [example]

describe('an example', () => {
  it('stands at every request and every successful answer', () => {
    expect(places.length).toBeGreaterThan(130)
    const without = places.filter(({ media }) => examplesOf(media).some((one) => one === undefined))
    expect(without.map(({ operationId, what }) => `${operationId} ${what}`)).toEqual([])
  })

  it.each(places)('of $operationId, $what, is valid', ({ id, media }) => {
    const validate = ajv.compile({ $ref: id })
    for (const example of examplesOf(media)) {
      validate(example)
      expect(validate.errors ?? []).toEqual([])
    }
    expect(validate({ unknown: true }) && validate(7)).toBe(false)
  })

  it('of an event has the data of its type', () => {
    const eventShape = z.object({ type: z.string(), data: z.unknown() })
    const pages = places.flatMap(({ operationId, media }) =>
      operationId.endsWith('Events') && operationId.startsWith('list') ? [media.example] : [],
    )
    expect(pages).toHaveLength(9)
    for (const page of pages)
      for (const { type, data } of z.object({ data: z.array(eventShape) }).parse(page).data) {
        const validate = ajv.compile(eventSchema(`${type}.v1`, '') ?? false)
        expect(validate(data), `${type} ${JSON.stringify(validate.errors)}`).toBe(true)
      }
  })

  it('is used', () => {
    const ids = places.filter(({ what }) => what === 'request').map(({ operationId }) => operationId)
    expect(Object.keys(requestExamples).toSorted()).toEqual(ids.toSorted())
    const answered = new Set(places.map(({ operationId }) => operationId))
    expect(Object.keys(afterCommands).filter((id) => !answered.has(id))).toEqual([])
    const text = JSON.stringify(places)
    for (const [name, example] of Object.entries({ ...resourceExamples, ...operationExamples })) {
      const [, , ...members] = JSON.stringify(example).slice(1, -1).split(',')
      expect(text.includes(members.join()), name).toBe(true)
    }
  })

  it('of a command shows what it has done', () => {
    expect(
      places.flatMap(({ operationId, what, media }) =>
        operationId === 'cancelOrder' && what === '200' ? examplesOf(media) : [],
      ),
    ).toMatchObject([{ status: 'cancelled' }, { dryRun: true }])
  })

  it('of an order adds up', () => {
    const money = z.object({ amount: z.int() })
    const { lines, subtotal, discounts, shipping, total } = z
      .object({
        lines: z.array(z.object({ quantity: z.int(), unitPrice: money, discount: money, total: money })),
        ...{ subtotal: money, shipping: money, total: money },
        discounts: z.array(z.object({ amount: money })),
      })
      .parse(resourceExamples.Order)
    const sum = (amounts: readonly number[]) => amounts.reduce((all, one) => all + one, 0)
    for (const line of lines)
      expect(line.total.amount).toBe(line.quantity * line.unitPrice.amount - line.discount.amount)
    expect(sum(lines.map((line) => line.quantity * line.unitPrice.amount))).toBe(subtotal.amount)
    expect(total.amount).toBe(
      subtotal.amount + shipping.amount - sum(discounts.map(({ amount }) => amount.amount)),
    )
  })
})
