import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { shippingQuoteSchema } from './events.ts'
import { DELIVERY, zones } from './policies.ts'
import { shippingQuote, shippingServiceSchema } from './quote.ts'

const address = { country: 'US', region: 'IL' }
const wanted = { address, weightGrams: 1_000, currency: 'EUR', shop: { base: 'USD', rates: {} }, now: NOW }

describe('shippingQuote', () => {
  it('offers the free standard service by default, in the currency of the order', () => {
    expect(shippingQuote(wanted)).toMatchObject({
      carrier: 'sandbox_post',
      service: 'standard',
      zone: 'domestic',
      price: { amount: 0, currency: 'EUR' },
      promisedFrom: '2026-03-05T08:00:00.000Z',
      promisedTo: '2026-03-09T20:00:00.000Z',
      decisions: [
        { policy: 'deliveryRoutingPolicy', rules: ['cheapest'], outcome: 'sandbox_post' },
        { policy: 'deliveryTimePolicy', rules: ['not_a_working_day'], outcome: 'promised' },
      ],
    })
  })
  it('offers express at the price of the zone', () => {
    expect(shippingQuote({ ...wanted, service: 'express' })?.price).toEqual({
      amount: 1_500,
      currency: 'EUR',
    })
    expect(shippingQuote({ ...wanted, address: { country: 'DE' }, service: 'express' })).toMatchObject({
      zone: 'europe',
      price: { amount: 3_500, currency: 'EUR' },
    })
  })
  it.each([
    ['the base currency itself', 'USD', { base: 'USD', rates: {} }, 1_500],
    ['a base currency without decimals', 'JPY', { base: 'JPY', rates: {} }, 15],
    ['another by its rate', 'EUR', { base: 'USD', asOf: '2026-11-01', rates: { EUR: '1.2' } }, 1_250],
    [
      'one without decimals by its rate',
      'JPY',
      { base: 'USD', asOf: '2026-11-01', rates: { JPY: '0.01' } },
      1_500,
    ],
    ['one with three by its rate', 'KWD', { base: 'USD', asOf: '2026-11-01', rates: { KWD: '3' } }, 5_000],
    ['one without decimals and without a rate', 'JPY', { base: 'USD', rates: {} }, 15],
    ['one with three and without a rate', 'KWD', { base: 'USD', rates: {} }, 15_000],
  ])('quotes the listed price in %s', (_, currency, shop, amount) => {
    const quote = shippingQuote({ ...wanted, currency, shop, service: 'express' })
    expect(quote?.price).toEqual({ amount, currency })
    // The decision speaks of the same amounts.
    expect(quote?.decisions?.[0]?.inputs.offers).toMatchObject([{ price: amount }])
  })
  it('looks for what arrives by the date that is needed', () => {
    expect(shippingQuote({ ...wanted, neededBy: '2026-03-05T00:00:00.000Z' })?.service).toBe('express')
  })
  it('offers nothing where no carrier goes, or for what none carries', () => {
    expect(shippingQuote({ ...wanted, address: { country: 'AQ' } })).toBeNull()
    expect(shippingQuote({ ...wanted, weightGrams: 30_001 })).toBeNull()
  })
  it('knows the services that may be asked for', () => {
    expect(shippingServiceSchema.options).toEqual(['standard', 'express'])
    expect(shippingServiceSchema.safeParse('pigeon').success).toBe(false)
  })
  it('gives every served country a quote that the contract accepts, and no plain order a cost', () => {
    const served = zones.flatMap((zone) => [...DELIVERY.countries[zone]])
    fc.assert(
      fc.property(fc.constantFrom(...served), fc.integer({ min: 0, max: 30_000 }), (country, weightGrams) => {
        const quote = shippingQuote({ ...wanted, address: { country }, weightGrams })
        expect(shippingQuoteSchema.parse(quote)).toEqual(quote)
        expect(quote?.price.amount).toBe(0)
      }),
    )
  })
})
