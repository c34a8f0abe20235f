import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { delivery } from './aggregate.ts'
import { address } from './delivery.fixture.ts'
import { type DeliveryEvent, deliveryEvent, quoteDecisions } from './events.ts'
import type { Delivery } from './state.ts'

const ofOrder = { orderId: 'ord_1', customerId: 'cus_1' }
const route = {
  carrier: 'sandbox_post',
  service: 'standard',
  zone: 'domestic',
  price: { amount: 0, currency: 'USD' },
}
const promised = { promisedFrom: '2026-03-05T08:00:00.000Z', promisedTo: '2026-03-09T20:00:00.000Z' }

/** Events as the first release stored them. */
const scheduled = {
  type: 'DeliveryScheduled',
  data: { ...ofOrder, address, service: 'standard', ...promised, weightGrams: 1200 },
}
const assigned = {
  type: 'CarrierAssigned',
  data: { ...ofOrder, ...route, rules: ['cheapest', 'after_cut_off'] },
}
const unexplained = { type: 'CarrierAssigned', data: { ...ofOrder, ...route } }

/** As the log reads an event of the first schema version. */
function read({ type, data }: { type: string; data: unknown }): DeliveryEvent {
  const steps = Object.entries(delivery.upcasters ?? {}).find(([name]) => name === type)?.[1] ?? []
  return deliveryEvent.parse({ type, data: steps.reduce((older, step) => step(older), data) })
}
const explained = [
  {
    policy: 'deliveryRoutingPolicy',
    rules: ['cheapest'],
    inputs: { service: 'standard', zone: 'domestic' },
    outcome: 'sandbox_post',
  },
  {
    policy: 'deliveryTimePolicy',
    rules: ['after_cut_off'],
    inputs: { zone: 'domestic' },
    outcome: 'promised',
  },
]

describe('delivery events of the first release', () => {
  it('contain the rules by which a carrier was assigned as decisions', () => {
    const { data } = read(assigned)
    expect(data).toMatchObject({ ...route, decisions: explained })
    expect(data).not.toHaveProperty('rules')
  })
  it('make up no reasons where none were kept', () => {
    expect(read(unexplained).data).toEqual({ ...ofOrder, ...route, decisions: [] })
    expect(read(scheduled).data).toEqual({ ...scheduled.data, decisions: [] })
  })
  it('fold into the delivery that they were', () => {
    const state = [scheduled, assigned]
      .map(read)
      .reduce<Delivery | null>((before, event) => delivery.evolve(before, event, NOW), null)
    expect(delivery.state.parse(state)).toMatchObject({
      status: 'scheduled',
      ...route,
      ...promised,
      revision: 1,
    })
  })
  it('cannot be read at all without what they always had', () => {
    expect(() => read({ type: 'CarrierAssigned', data: ofOrder })).toThrow('carrier')
  })
})

describe('the reasons of a quote', () => {
  it('are those that it carries, or the rules of one that an older order holds', () => {
    const quote = { ...route, ...promised }
    expect(quoteDecisions({ ...quote, rules: ['cheapest', 'after_cut_off'] })).toEqual(explained)
    expect(quoteDecisions({ ...quote, decisions: explained.slice(0, 1), rules: ['dear'] })).toEqual(
      explained.slice(0, 1),
    )
    expect(quoteDecisions(quote)).toEqual([])
  })
})
