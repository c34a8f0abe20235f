import { env } from 'cloudflare:workers'
import { CloudEvent as SdkEvent } from 'cloudevents'
import { expect, it } from 'vitest'
import type { AnyAggregate } from '../../shared/core/aggregate.ts'
import { newId } from '../../shared/core/ids.ts'
import { type AggregateKind, registry } from '../../shared/registry.ts'
import { anyAggregateStub } from '../addressing.ts'
import { clock } from '../sandbox/clock.ts'
import { orderOf, register, stock } from './checkout.fixture.ts'
import { envelope, live } from './object-lifetimes.fixture.ts'

const PUBLIC_URL = 'https://shop.example'

/** The texts of an aggregate's events, as a deployment that knows its address publishes them. */
async function textsOf(kind: AggregateKind, id: string): Promise<string[]> {
  const aggregate: AnyAggregate = registry[kind]
  const published = await live(aggregate, anyAggregateStub(env, kind, id), { ...env, PUBLIC_URL }, (object) =>
    object.published({ after: 0, limit: 100 }),
  )
  return published.map(({ text }) => text)
}

it('every event of a checkout is a CloudEvent by the official SDK', async () => {
  await stock('SDK', 10)
  const customerId = await register()
  const id = newId('ord')
  const reply = await env.ORDER.getByName(id).execute(
    envelope(id, orderOf(customerId, 'SDK', { paymentMethod: 'pm_card_visa' }), { waitMilliseconds: 10_000 }),
  )
  await clock.settled()
  const state = reply.ok ? reply.view.state : undefined
  expect(state).toMatchObject({ status: 'confirmed', fulfilmentStatus: 'scheduled' })
  const aggregates: [AggregateKind, string][] = [
    ['order', id],
    ['payment', state?.payments[0]?.id ?? ''],
    ['delivery', state?.deliveries[0]?.id ?? ''],
    ['inventory', 'SDK'],
    ['customer', customerId],
    ['customer_profile', customerId],
  ]
  const texts = await Promise.all(aggregates.map(([kind, name]) => textsOf(kind, name)))
  expect(texts.map(({ length }) => length > 0)).toEqual(aggregates.map(() => true))
  for (const [index, ofOne] of texts.entries())
    for (const [before, text] of ofOne.entries()) {
      const event: Record<string, unknown> = JSON.parse(text)
      expect(new SdkEvent(event).toJSON()).toEqual(event)
      expect(event).toMatchObject({
        source: `${PUBLIC_URL}/petrel/${registry[aggregates[index]?.[0] ?? 'order'].context}`,
        dataschema: expect.stringContaining(`${PUBLIC_URL}/schemas/`),
        sequence: String(before + 1).padStart(10, '0'),
      })
    }
  expect(texts.flat().length).toBeGreaterThan(20)
})
