import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocationPolicy, stockReplenishmentPolicy } from './policies.ts'
import { isBelowReorderPoint, type StockLocation } from './stock-location.ts'

function shelf(location: string, onHand: number, country?: string, region?: string): StockLocation {
  return { location, onHand, reserved: 0, country, region }
}

describe('allocationPolicy', () => {
  it('takes one location that has all before the nearer ones that have it together', () => {
    const shelves = [shelf('near', 6, 'US', 'NY'), shelf('nearer', 6, 'US', 'NY'), shelf('far', 7, 'DE')]
    expect(allocationPolicy(shelves, 7, { country: 'US', region: 'NY' })).toMatchObject({
      rule: 'single_location',
      allocations: [{ location: 'far', quantity: 7 }],
      available: 19,
    })
  })
  it('takes of the locations that have all the one in the region, then in the country, then as listed', () => {
    const shelves = [
      shelf('berlin', 9, 'DE', 'BE'),
      shelf('austin', 9, 'US', 'TX'),
      shelf('albany', 9, 'US', 'NY'),
    ]
    function chosenFor(country: string, region?: string) {
      const decision = allocationPolicy(shelves, 5, { country, region })
      return decision.rule === 'single_location' && decision.allocations.map(({ location }) => location)
    }
    expect(chosenFor('US', 'NY')).toEqual(['albany'])
    expect(chosenFor('us', 'ny')).toEqual(['albany'])
    expect(chosenFor('US', 'CA')).toEqual(['austin'])
    expect(chosenFor('US')).toEqual(['austin'])
    expect(chosenFor('FR', 'NY')).toEqual(['berlin'])
  })
  it('uses the listed order where no region is given', () => {
    const unplaced = [shelf('one', 9), shelf('two', 9)]
    const first = { rule: 'single_location', allocations: [{ location: 'one', quantity: 5 }], available: 18 }
    expect(allocationPolicy(unplaced, 5)).toMatchObject(first)
    expect(allocationPolicy(unplaced, 5, { country: 'US' })).toMatchObject(first)
  })
  it('compares names in any case, and an unknown region is like no other', () => {
    const shelves = [
      shelf('austin', 9, 'us', 'tx'),
      shelf('somewhere', 9, 'us'),
      shelf('albany', 9, 'us', 'ny'),
    ]
    expect(allocationPolicy(shelves, 5, { country: 'US', region: 'NY' })).toMatchObject({
      allocations: [{ location: 'albany', quantity: 5 }],
    })
    expect(allocationPolicy(shelves, 5, { country: 'US' })).toMatchObject({
      allocations: [{ location: 'austin', quantity: 5 }],
    })
  })
  it('takes the fewest locations, the nearest of as few, and empties the nearest first', () => {
    const shelves = [
      shelf('far', 8, 'DE'),
      shelf('near-a', 1, 'US'),
      shelf('near-b', 2, 'US'),
      shelf('near-c', 3, 'US'),
    ]
    expect(allocationPolicy(shelves, 10, { country: 'US' })).toMatchObject({
      rule: 'fewest_locations',
      allocations: [
        { location: 'near-b', quantity: 2 },
        { location: 'far', quantity: 8 },
      ],
      available: 14,
    })
  })
  it('takes the first listed of equally near locations, and passes over one with which more would be needed', () => {
    const shelves = [shelf('small', 1), shelf('first', 5), shelf('second', 6), shelf('third', 7)]
    expect(allocationPolicy(shelves, 10)).toMatchObject({
      rule: 'fewest_locations',
      allocations: [
        { location: 'first', quantity: 5 },
        { location: 'second', quantity: 5 },
      ],
    })
  })
  it('counts only what is not reserved', () => {
    const shelves = [{ ...shelf('main', 10), reserved: 6 }, shelf('east', 5)]
    expect(allocationPolicy(shelves, 5)).toMatchObject({ allocations: [{ location: 'east', quantity: 5 }] })
    expect(allocationPolicy(shelves, 10)).toMatchObject({ rule: 'insufficient_stock', available: 9 })
  })
  it('has nothing to give without locations', () => {
    expect(allocationPolicy([], 1)).toMatchObject({ rule: 'insufficient_stock', available: 0 })
  })
  it('records what each location had, its distance, and the rules of the choice', () => {
    const shelves = [shelf('berlin', 9, 'DE'), shelf('austin', 0, 'US', 'TX'), shelf('albany', 6, 'US', 'NY')]
    const inputs = {
      quantity: 5,
      country: 'US',
      region: 'NY',
      locations: [
        { location: 'berlin', available: 9, distance: 'listed_order' },
        { location: 'austin', available: 0, distance: 'same_country' },
        { location: 'albany', available: 6, distance: 'same_region' },
      ],
    }
    expect(allocationPolicy(shelves, 5, { country: 'US', region: 'NY' }).decision).toEqual({
      policy: 'allocationPolicy',
      rules: ['single_location', 'same_region'],
      inputs,
      outcome: 'single_location',
    })
    expect(allocationPolicy(shelves, 10, { country: 'US', region: 'NY' }).decision).toMatchObject({
      rules: ['fewest_locations', 'same_region'],
      inputs: { quantity: 10 },
    })
    expect(allocationPolicy(shelves, 16).decision).toMatchObject({
      rules: ['insufficient_stock'],
      inputs: { quantity: 16 },
      outcome: 'insufficient_stock',
    })
    expect(allocationPolicy(shelves, 16).decision.inputs).not.toHaveProperty('country')
  })

  const country = fc.constantFrom('US', 'DE', undefined)
  const region = fc.constantFrom('NY', 'TX', undefined)
  const shelves = fc
    .array(
      fc
        .record({ onHand: fc.nat(12), reserved: fc.nat(12), country, region })
        .filter(({ onHand, reserved }) => reserved <= onHand),
      { maxLength: 6 },
    )
    .map((places) => places.map((place, index) => ({ location: `shelf-${index}`, ...place })))
  const shipTo = fc.option(fc.record({ country: fc.constantFrom('US', 'DE'), region }), { nil: undefined })
  const free = ({ onHand, reserved }: StockLocation) => onHand - reserved
  const total = (places: readonly StockLocation[]) => places.reduce((sum, place) => sum + free(place), 0)

  /** Every choice of locations that has enough together: what the policy is measured against. */
  function choicesWithEnough(places: readonly StockLocation[], quantity: number): StockLocation[][] {
    return Array.from({ length: 2 ** places.length }, (_, bits) =>
      places.filter((_place, index) => Math.floor(bits / 2 ** index) % 2 === 1),
    ).filter((choice) => total(choice) >= quantity)
  }
  function stepsTo(place: StockLocation, to?: { country: string; region?: string | undefined }) {
    if (!to || place.country !== to.country) return 2
    return to.region !== undefined && place.region === to.region ? 0 : 1
  }
  /** How near a choice is, and then how early it is listed: smaller text is better. */
  function rank(
    choice: readonly StockLocation[],
    places: readonly StockLocation[],
    to?: { country: string; region?: string | undefined },
  ) {
    const steps = choice.map((place) => stepsTo(place, to)).sort()
    const listed = choice.map((place) => `${stepsTo(place, to)}-${places.indexOf(place)}`).sort()
    return `${steps.join('')} ${listed.join(' ')}`
  }

  it('gives exactly the quantity, from as few, as near and as early listed locations as any choice could', () => {
    fc.assert(
      fc.property(shelves, fc.integer({ min: 1, max: 30 }), shipTo, (places, quantity, to) => {
        const decision = allocationPolicy(places, quantity, to)
        expect(decision.available).toBe(total(places))
        if (decision.rule === 'insufficient_stock') {
          expect(total(places)).toBeLessThan(quantity)
          return
        }
        const { allocations } = decision
        expect(allocations.reduce((sum, allocation) => sum + allocation.quantity, 0)).toBe(quantity)
        for (const allocation of allocations) {
          const place = places.find(({ location }) => location === allocation.location)
          expect(allocation.quantity).toBeGreaterThan(0)
          expect(allocation.quantity).toBeLessThanOrEqual(place ? free(place) : 0)
        }
        const names = allocations.map(({ location }) => location)
        expect(new Set(names).size).toBe(names.length)
        const choices = choicesWithEnough(places, quantity)
        const fewest = Math.min(...choices.map((choice) => choice.length))
        expect(names).toHaveLength(fewest)
        expect(decision.rule).toBe(fewest === 1 ? 'single_location' : 'fewest_locations')
        const best = choices
          .filter((choice) => choice.length === fewest)
          .map((choice) => rank(choice, places, to))
          .sort()[0]
        const taken = places.filter((place) => names.includes(place.location))
        expect(rank(taken, places, to)).toBe(best)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('stockReplenishmentPolicy', () => {
  const facts = { available: 4, reorderPoint: 5, reorderQuantity: 20, replenishmentRequested: false }

  it('asks below the reorder point', () => {
    expect(stockReplenishmentPolicy(facts)).toEqual({
      request: true,
      reorderPoint: 5,
      reorderQuantity: 20,
      decision: {
        policy: 'stockReplenishmentPolicy',
        rules: ['below_reorder_point'],
        inputs: { available: 4, reorderPoint: 5, reorderQuantity: 20 },
        outcome: 'requested',
      },
    })
  })
  it('asks for as much as the reorder point where no quantity is named', () => {
    expect(stockReplenishmentPolicy({ ...facts, reorderQuantity: undefined })).toMatchObject({
      request: true,
      reorderQuantity: 5,
    })
  })
  it.each([
    { name: 'without a reorder point', change: { reorderPoint: undefined }, rule: 'no_reorder_point' },
    { name: 'exactly at the point', change: { available: 5 }, rule: 'stock_sufficient' },
    { name: 'at a point of zero', change: { available: 0, reorderPoint: 0 }, rule: 'stock_sufficient' },
    { name: 'twice', change: { replenishmentRequested: true }, rule: 'already_requested' },
  ])('does not ask $name', ({ change, rule }) => {
    expect(stockReplenishmentPolicy({ ...facts, ...change })).toEqual({ request: false, rule })
  })
  it('does not ask without a reorder point', () => {
    expect(isBelowReorderPoint(0, undefined)).toBe(false)
  })
})
