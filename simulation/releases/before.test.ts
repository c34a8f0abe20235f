import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { build, type Plugin } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { objection, storedEventTypes, upcast } from '../../scripts/support/samples.ts'
import { cart } from '../../shared/cart/aggregate.ts'
import type { AnyAggregate } from '../../shared/core/aggregate.ts'
import { NOW, specificationContext } from '../../shared/core/specification.fixture.ts'
import { order } from '../../shared/order/aggregate.ts'
import { created, ORDER_ID, reserved } from '../../shared/order/order.fixture.ts'
import { registry } from '../../shared/registry.ts'
import { releaseBefore } from './before.ts'
import { patchedText } from './patch.ts'

/** Runs one command in the release before, on an aggregate with this history; in and out is JSON. */
const entry = `
  import { schemaVersion } from './shared/core/aggregate.ts'
  import { cart } from './shared/cart/aggregate.ts'
  import { order } from './shared/order/aggregate.ts'

  export function run(text) {
    const { kind, id, now, history, command } = JSON.parse(text)
    const aggregate = { cart, order }[kind]
    const fold = (state, event) => aggregate.evolve(state, aggregate.event.parse(event), now)
    const before = history.reduce(fold, null)
    const currencies = { base: 'USD', rates: {} }
    const newId = (prefix) => prefix + '_00000000-0000-7000-8000-000000000001'
    const context = { id, now, nextVersion: history.length + 1, newId, currencies }
    const decision = aggregate.decide(aggregate.command.parse(command), before, context)
    const state = decision.events.reduce(fold, before)
    const events = decision.events.map(({ type, data }) => ({ type, data, version: schemaVersion(aggregate, type) }))
    return JSON.stringify({ events, state })
  }

  export function versions() {
    return JSON.stringify(
      [cart, order].flatMap((aggregate) =>
        aggregate.event.options.map(({ shape }) => [
          aggregate.context + '.' + shape.type.value,
          schemaVersion(aggregate, shape.type.value),
        ]),
      ),
    )
  }`

const asBefore: Plugin = {
  name: 'release-before',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: patchedText(relative(process.cwd(), path), readFileSync(path, 'utf8'), releaseBefore),
      loader: 'ts',
    }))
  },
}

type Function = (text: string) => string
const moduleSchema = z.object({
  run: z.custom<Function>((value) => typeof value === 'function'),
  versions: z.custom<Function>((value) => typeof value === 'function'),
})
const ranSchema = z.object({
  events: z.array(z.object({ type: z.string(), data: z.unknown(), version: z.int() })),
  state: z.unknown(),
})

let before: z.infer<typeof moduleSchema>

beforeAll(async () => {
  const built = await build({
    stdin: { contents: entry, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    plugins: [asBefore],
  })
  const [file] = built.outputFiles
  const url = `data:text/javascript;base64,${Buffer.from(file?.contents ?? '').toString('base64')}`
  before = moduleSchema.parse(await import(/* @vite-ignore */ url))
})

const types = storedEventTypes(registry)
const mug = { sku: 'MUG', name: 'The MUG', quantity: 1, unitPrice: { amount: 1_000, currency: 'USD' } }
const filledCart = [
  { type: 'CartCreated', data: { currency: 'USD', customerId: 'cus_1' } },
  { type: 'ProductAddedToCart', data: { line: mug, added: 1, customerId: 'cus_1' } },
]
const products = [{ sku: 'MUG', name: 'The MUG', price: mug.unitPrice, weightGrams: 100, onSale: true }]
const cases = [
  {
    kind: 'order',
    id: ORDER_ID,
    aggregate: order,
    history: [created()],
    command: { type: 'RecordReservations', outcome: [reserved('MUG', 2), reserved('PEN', 1)] },
    older: 'OrderStockHeld',
    version: 1,
  },
  {
    kind: 'cart',
    id: 'crt_01939a2e-0000-7000-8000-000000000001',
    aggregate: cart,
    history: filledCart,
    command: { type: 'ReviewPrices', products: products.map((one) => ({ ...one, name: 'A new mug' })) },
    older: 'CartUpdated',
    version: 1,
  },
] as const

describe('the release before', () => {
  it.each(cases)('stores $older in the older form, which is read today', (one) => {
    const { kind, id, history, command, older, version, aggregate } = one
    const ran = ranSchema.parse(
      JSON.parse(before.run(JSON.stringify({ kind, id, now: NOW, history, command }))),
    )
    const stored = ran.events.find((event) => event.type === older)
    expect(stored?.version).toBe(version)
    const type = types.find(({ name, context }) => name === older && context === aggregate.context)
    if (!type || !stored) throw new Error(`${older} was not stored`)

    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    const schema = `contracts/schemas/${type.context}.${older}.v${version}.json`
    ajv.validate(JSON.parse(readFileSync(schema, 'utf8')), stored.data)
    expect(ajv.errors ?? []).toEqual([])
    expect(objection(type, stored.data), 'it is no form of today').not.toBeNull()
    expect(objection(type, upcast(type, version, stored.data))).toBeNull()
  })

  it.each(cases)('has the state that today folds from its events ($kind)', (one) => {
    const { kind, id, history, command, aggregate } = one
    const ran = ranSchema.parse(
      JSON.parse(before.run(JSON.stringify({ kind, id, now: NOW, history, command }))),
    )
    const fold = foldingOf(aggregate)
    const read = ran.events.map(({ type: name, data, version }) => {
      const type = types.find((known) => known.name === name && known.context === aggregate.context)
      if (!type) throw new Error(`nothing stores ${name}`)
      return { type: name, data: upcast(type, version, data) }
    })
    expect(ran.state).toEqual(JSON.parse(JSON.stringify(fold([...history, ...read]))))
  })

  it.each(cases)('accepts commands as today ($kind)', ({ kind, id, history, command, aggregate }) => {
    const { events } = ranSchema.parse(
      JSON.parse(before.run(JSON.stringify({ kind, id, now: NOW, history, command }))),
    )
    const today = decidingOf(aggregate)(command, history, id)
    expect(events.map(({ type }) => type)).toEqual(today)
  })

  it('stores all other events as today', () => {
    const versions = z.array(z.tuple([z.string(), z.int()])).parse(JSON.parse(before.versions('')))
    const different = versions.filter(([name, version]) => {
      const type = types.find((known) => `${known.context}.${known.name}` === name)
      return type?.upcasters.length !== version - 1
    })
    expect(different).toEqual([
      ['cart.CartUpdated', 1],
      ['order.OrderStockHeld', 1],
    ])
  })
})

/** Folds events as today. */
function foldingOf(aggregate: AnyAggregate) {
  return (events: readonly unknown[]): unknown =>
    events.reduce<unknown>((state, event) => aggregate.evolve(state, aggregate.event.parse(event), NOW), null)
}

/** The types of events to which a command leads today. */
function decidingOf(aggregate: AnyAggregate) {
  return (command: unknown, history: readonly unknown[], id: string): string[] => {
    const context = specificationContext({ id, nextVersion: history.length + 1 })
    const decision = aggregate.decide(
      aggregate.command.parse(command),
      foldingOf(aggregate)(history),
      context,
    )
    return decision.events.map(({ type }) => type)
  }
}
