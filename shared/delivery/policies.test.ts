import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, HOUR, instantOf, millisecondsOf, plus } from '../core/time.ts'
import {
  type CarrierService,
  DELIVERY,
  deliveryRoutingPolicy,
  deliveryTimePolicy,
  shippingServices,
  type TransitDays,
  zoneOf,
  zones,
} from './policies.ts'

const EUROPEAN_UNION =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' ')

describe('zoneOf', () => {
  it.each([
    ['US', 'domestic'],
    ['CA', 'north_america'],
    ['MX', 'north_america'],
    ['GB', 'europe'],
    ['CH', 'europe'],
    ['NO', 'europe'],
    ['JP', 'rest_of_world'],
    ['AU', 'rest_of_world'],
    ['NZ', 'rest_of_world'],
    ['SG', 'rest_of_world'],
    ['BR', 'rest_of_world'],
    ['IN', 'rest_of_world'],
    ['PR', 'domestic_remote'],
  ])('puts %s into %s', (country, zone) => {
    expect(zoneOf({ country })).toBe(zone)
  })
  it('has all of the European Union in Europe', () => {
    expect(EUROPEAN_UNION.filter((country) => zoneOf({ country }) !== 'europe')).toEqual([])
  })
  it.each(['KP', 'AQ', 'XX', 'ZZ'])('has no carrier for %s', (country) => {
    expect(zoneOf({ country })).toBeNull()
  })
  it.each(['HI', 'hi', ' US-HI ', 'Hawaii', 'AK', 'AE'])('treats the state %s as remote', (region) => {
    expect(zoneOf({ country: 'US', region })).toBe('domestic_remote')
  })
  it.each(['99501', '96813', '09012', '96201', '34002', '00901', '96799', '96910', '99901-0001'])(
    'treats the ZIP %s as remote, whatever state is given with it or none',
    (postalCode) => {
      for (const region of [undefined, 'CA', 'somewhere'])
        expect(zoneOf({ country: 'US', postalCode, ...(region && { region }) })).toBe('domestic_remote')
    },
  )
  it.each(['98101', '97201', '34101', '00501', '99401', '08001'])(
    'treats the ZIP %s as domestic',
    (postalCode) => {
      expect(zoneOf({ country: 'US', postalCode })).toBe('domestic')
    },
  )
  it('distinguishes the overseas departments from the country', () => {
    expect(zoneOf({ country: 'FR', postalCode: '97400' })).toBe('rest_of_world')
    expect(zoneOf({ country: 'FR', postalCode: '75001' })).toBe('europe')
  })
  it('reads what is erased, or what an old order holds', () => {
    expect(zoneOf({ country: 'US', region: 'HI', postalCode: 'erased' })).toBe('domestic_remote')
    expect(zoneOf({ country: 'US', postalCode: 'erased' })).toBe('domestic')
  })
  it('looks at the state only where it matters', () => {
    expect(zoneOf({ country: 'US', region: 'CA' })).toBe('domestic')
    expect(zoneOf({ country: 'CA', region: 'AK' })).toBe('north_america')
    expect(zoneOf({ country: 'KP', region: 'HI' })).toBeNull()
  })
  it('has each country in one zone, under a two-letter code', () => {
    const all = Object.values(DELIVERY.countries).flat()
    expect(new Set(all).size).toBe(all.length)
    expect(all.filter((country) => !/^[A-Z]{2}$/.test(country))).toEqual([])
  })
})

describe('the sandbox table', () => {
  it('has one free standard service everywhere it delivers', () => {
    const free = DELIVERY.services.filter((each) => each.service === 'standard')
    expect(free).toHaveLength(1)
    expect(zones.map((zone) => free[0]?.rates[zone].price)).toEqual(zones.map(() => 0))
  })
  it('has an express service that costs something and is faster in every zone', () => {
    const [standard, express] = DELIVERY.services
    for (const zone of zones) {
      if (zone === 'domestic_remote') continue
      expect(express.rates[zone].price).toBeGreaterThan(0)
      expect(express.rates[zone].transitDays.most).toBeLessThan(standard.rates[zone].transitDays.most)
    }
  })
})

describe('deliveryRoutingPolicy', () => {
  const request = { destination: { country: 'US' }, weightGrams: 1_000, now: NOW }

  it('takes the cheapest service when none is asked for', () => {
    expect(deliveryRoutingPolicy(request)).toMatchObject({
      route: { carrier: 'sandbox_post', service: 'standard', zone: 'domestic', price: 0 },
      decisions: [{ rules: ['cheapest'] }, { rules: ['not_a_working_day'] }],
    })
  })
  it('takes the service that is asked for', () => {
    expect(deliveryRoutingPolicy({ ...request, service: 'express' })).toMatchObject({
      route: { carrier: 'sandbox_express', service: 'express', price: 1_500 },
      decisions: [{ rules: ['cheapest_of_service'] }, { rules: ['not_a_working_day'] }],
    })
  })
  it('pays for speed only when the date asks for it', () => {
    const standard = deliveryRoutingPolicy(request).route
    expect(standard?.promisedTo).toBe('2026-03-09T20:00:00.000Z')
    expect(deliveryRoutingPolicy({ ...request, neededBy: '2026-03-09T20:00:00.000Z' })).toMatchObject({
      route: { service: 'standard' },
      decisions: [{ rules: ['cheapest_by_date'] }, { rules: ['not_a_working_day'] }],
    })
    expect(deliveryRoutingPolicy({ ...request, neededBy: '2026-03-09T19:59:59.999Z' })).toMatchObject({
      route: { service: 'express' },
    })
  })
  it('refuses a date that no carrier can meet', () => {
    expect(deliveryRoutingPolicy({ ...request, neededBy: plus(NOW, DAY) })).toEqual({
      route: null,
      rule: 'too_late',
    })
    const neededBy = '2026-03-05T20:00:00.000Z'
    expect(deliveryRoutingPolicy({ ...request, service: 'standard', neededBy })).toEqual({
      route: null,
      rule: 'too_late',
    })
  })
  it('refuses a country that no carrier serves', () => {
    expect(deliveryRoutingPolicy({ ...request, destination: { country: 'KP' } })).toEqual({
      route: null,
      rule: 'country_not_served',
    })
  })
  it('refuses a service that does not go there', () => {
    const destination = { country: 'US', region: 'AK' }
    expect(deliveryRoutingPolicy({ ...request, destination, service: 'express' })).toEqual({
      route: null,
      rule: 'service_not_offered',
    })
    expect(deliveryRoutingPolicy({ ...request, destination })).toMatchObject({
      route: { service: 'standard' },
    })
  })
  it('carries up to the limit of the service and not a gram more', () => {
    const service = (weightGrams: number, asked?: 'standard' | 'express') =>
      deliveryRoutingPolicy({ ...request, weightGrams, service: asked }).route?.service
    expect(service(30_000)).toBe('standard')
    expect(service(20_000, 'express')).toBe('express')
    expect(deliveryRoutingPolicy({ ...request, weightGrams: 30_001 })).toEqual({
      route: null,
      rule: 'over_weight_limit',
    })
    expect(deliveryRoutingPolicy({ ...request, weightGrams: 20_001, service: 'express' })).toEqual({
      route: null,
      rule: 'over_weight_limit',
    })
  })
  it('breaks a tie of prices by the earlier promise, then by the name of the carrier', () => {
    const table: CarrierService[] = [
      offer('zebra', 500, 3),
      offer('alpha', 500, 3),
      offer('slow', 500, 4),
      offer('dear', 501, 1),
    ]
    const chosen = (...offers: CarrierService[]) => {
      const decision = deliveryRoutingPolicy(request, offers)
      return decision.route ? [decision.route.carrier, decision.decisions[0].rules] : []
    }
    expect(chosen(...table)).toEqual(['alpha', ['cheapest', 'first_by_name']])
    expect(chosen(...table.toReversed())).toEqual(['alpha', ['cheapest', 'first_by_name']])
    expect(chosen(...table.slice(2))).toEqual(['slow', ['cheapest']])
    expect(chosen(offer('a', 500, 4), offer('b', 500, 3))).toEqual(['b', ['cheapest', 'earliest_promise']])
  })
  it('records the candidates and the reason, and no personal data', () => {
    const destination = { country: 'US', region: 'IL', name: 'Ada', line1: '1 Main St' }
    const neededBy = '2026-03-20T00:00:00.000Z'
    const decision = deliveryRoutingPolicy({ ...request, destination, neededBy })
    expect(decision.route && decision.decisions).toEqual([
      {
        policy: 'deliveryRoutingPolicy',
        rules: ['cheapest_by_date'],
        inputs: {
          zone: 'domestic',
          country: 'US',
          weightGrams: 1_000,
          neededBy,
          offers: [
            {
              carrier: 'sandbox_post',
              service: 'standard',
              price: 0,
              promisedTo: '2026-03-09T20:00:00.000Z',
            },
            {
              carrier: 'sandbox_express',
              service: 'express',
              price: 1_500,
              promisedTo: '2026-03-04T20:00:00.000Z',
            },
          ],
        },
        outcome: 'sandbox_post',
      },
      {
        policy: 'deliveryTimePolicy',
        rules: ['not_a_working_day'],
        inputs: {
          orderedAt: NOW,
          location: 'main',
          timeZone: 'UTC',
          cutOffHour: 15,
          leavesOn: '2026-03-02',
          transitDays: { least: 3, most: 5 },
        },
        outcome: 'promised',
      },
    ])
  })
  it('leaves from the given location', () => {
    const from = { location: 'auckland', timeZone: 'Pacific/Auckland', cutOffHour: 15 }
    const decision = deliveryRoutingPolicy({ ...request, now: '2026-03-01T20:00:00.000Z', from })
    // Monday morning there.
    expect(decision.route && decision.decisions[1]).toMatchObject({
      rules: ['leaves_today'],
      inputs: { location: 'auckland', leavesOn: '2026-03-02' },
    })
  })

  function offer(carrier: string, price: number, most: number): CarrierService {
    return {
      carrier,
      service: 'standard',
      weightLimitGrams: 5_000,
      rates: { domestic: { price, transitDays: { least: 1, most } } },
    }
  }

  it('never gives a worse offer than another that would do, in whatever order the table stands', () => {
    const services = fc.uniqueArray(
      fc.record({
        carrier: fc.string({ minLength: 1, maxLength: 3 }),
        service: fc.constantFrom(...shippingServices),
        weightLimitGrams: fc.integer({ min: 0, max: 40_000 }),
        rates: fc.record({ domestic: fc.record({ price: fc.nat(3), transitDays: transitDays() }) }),
      }),
      { selector: (each) => each.carrier, maxLength: 6 },
    )
    const requests = fc.record({
      destination: fc.constant({ country: 'US' }),
      weightGrams: fc.integer({ min: 0, max: 40_000 }),
      now: moments(),
      service: fc.option(fc.constantFrom(...shippingServices), { nil: undefined }),
      days: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(services, requests, (table, { days, ...wanted }) => {
        const neededBy = days === undefined ? undefined : plus(wanted.now, days * DAY)
        const decision = deliveryRoutingPolicy({ ...wanted, neededBy }, table)
        const good = table.filter(
          (each) =>
            (!wanted.service || each.service === wanted.service) &&
            wanted.weightGrams <= each.weightLimitGrams &&
            (!neededBy ||
              deliveryTimePolicy(wanted.now, each.rates.domestic.transitDays).promisedTo <= neededBy),
        )
        const cheapest = Math.min(...good.map((each) => each.rates.domestic.price))
        expect(decision.route?.price ?? Number.POSITIVE_INFINITY).toBe(cheapest)
        if (decision.route) expect(good.map((each) => each.carrier)).toContain(decision.route.carrier)
        expect(deliveryRoutingPolicy({ ...wanted, neededBy }, table.toReversed())).toEqual(decision)
      }),
    )
  })
})

describe('deliveryTimePolicy', () => {
  const days: TransitDays = { least: 1, most: 2 }

  it('sends a parcel off today before the cut-off hour', () => {
    // A Monday.
    expect(deliveryTimePolicy('2026-03-02T14:59:59.999Z', days)).toMatchObject({
      promisedFrom: '2026-03-03T08:00:00.000Z',
      promisedTo: '2026-03-04T20:00:00.000Z',
      decision: { rules: ['leaves_today'] },
    })
  })
  it('sends it off on the next working day from the cut-off hour on', () => {
    expect(deliveryTimePolicy('2026-03-02T15:00:00.000Z', days)).toMatchObject({
      promisedFrom: '2026-03-04T08:00:00.000Z',
      promisedTo: '2026-03-05T20:00:00.000Z',
      decision: { rules: ['after_cut_off'] },
    })
  })
  it.each(['2026-02-28T09:00:00.000Z', '2026-03-01T23:59:59.999Z'])('sends it off on Monday at %s', (now) => {
    expect(deliveryTimePolicy(now, days)).toMatchObject({
      promisedFrom: '2026-03-03T08:00:00.000Z',
      promisedTo: '2026-03-04T20:00:00.000Z',
      decision: { rules: ['not_a_working_day'] },
    })
  })
  it.each([
    // Monday: 14:59 and 15:00 in New York, in winter and in summer.
    ['2026-03-02T19:59:59.999Z', 'leaves_today', '2026-03-02'],
    ['2026-03-02T20:00:00.000Z', 'after_cut_off', '2026-03-03'],
    ['2026-07-06T18:59:59.999Z', 'leaves_today', '2026-07-06'],
    ['2026-07-06T19:00:00.000Z', 'after_cut_off', '2026-07-07'],
    // Sunday evening there, Monday in UTC; Friday evening there, Saturday in UTC.
    ['2026-03-02T03:00:00.000Z', 'not_a_working_day', '2026-03-02'],
    ['2026-03-07T03:00:00.000Z', 'after_cut_off', '2026-03-09'],
  ])('counts days and hours as the clocks at the location do: %s', (now, rule, leavesOn) => {
    const from = { location: 'new-york', timeZone: 'America/New_York', cutOffHour: 15 }
    expect(deliveryTimePolicy(now, days, from).decision).toMatchObject({
      rules: [rule],
      inputs: { leavesOn },
    })
  })
  it('leaves weekends out of the transit', () => {
    // A Friday after the cut-off: leaves on Monday. A Thursday before it: arrives on Friday or on Monday.
    expect(deliveryTimePolicy('2026-03-06T16:00:00.000Z', days).promisedFrom).toBe('2026-03-10T08:00:00.000Z')
    expect(deliveryTimePolicy('2026-03-05T10:00:00.000Z', days)).toMatchObject({
      promisedFrom: '2026-03-06T08:00:00.000Z',
      promisedTo: '2026-03-09T20:00:00.000Z',
    })
  })

  it('promises no weekend, nothing before now, and an end after its beginning', () => {
    fc.assert(
      fc.property(moments(), transitDays(), (now, transit) => {
        const { promisedFrom, promisedTo } = deliveryTimePolicy(now, transit)
        for (const moment of [promisedFrom, promisedTo])
          expect([1, 2, 3, 4, 5]).toContain(new Date(moment).getUTCDay())
        expect(promisedFrom > now).toBe(true)
        expect(promisedTo > promisedFrom).toBe(true)
      }),
    )
  })
  it('promises nothing earlier for more days in transit', () => {
    fc.assert(
      fc.property(moments(), transitDays(), fc.nat(5), fc.nat(5), (now, { least, most }, more, evenMore) => {
        const short = deliveryTimePolicy(now, { least, most })
        const long = deliveryTimePolicy(now, { least: least + more, most: most + more + evenMore })
        expect(long.promisedFrom >= short.promisedFrom).toBe(true)
        expect(long.promisedTo >= short.promisedTo).toBe(true)
        // Each further working day moves the end by at least one day.
        expect(millisecondsOf(long.promisedTo) - millisecondsOf(short.promisedTo)).toBeGreaterThanOrEqual(
          (more + evenMore) * DAY,
        )
      }),
    )
  })
  it('promises nothing earlier to who orders later', () => {
    fc.assert(
      fc.property(moments(), fc.nat(10 * 24), transitDays(), (now, hours, transit) => {
        const early = deliveryTimePolicy(now, transit)
        const late = deliveryTimePolicy(plus(now, hours * HOUR), transit)
        expect(late.promisedTo >= early.promisedTo).toBe(true)
        expect(late.promisedFrom >= early.promisedFrom).toBe(true)
      }),
    )
  })
})

/** Instants of the years 2020 to 2050. */
function moments() {
  return fc
    .integer({
      min: millisecondsOf('2020-01-01T00:00:00.000Z'),
      max: millisecondsOf('2050-01-01T00:00:00.000Z'),
    })
    .map(instantOf)
}

function transitDays(): fc.Arbitrary<TransitDays> {
  return fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.nat(5))
    .map(([least, more]) => ({ least, most: least + more }))
}
