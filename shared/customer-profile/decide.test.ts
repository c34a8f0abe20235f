import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, specification, specificationContext } from '../core/specification.fixture.ts'
import { DAY, HOUR, type Instant, plus } from '../core/time.ts'
import { customerProfile } from './aggregate.ts'
import type { CustomerProfileCommand } from './commands.ts'
import type { CustomerProfileEvent, HeldUnits } from './events.ts'
import { profileRules } from './policies.ts'
import { decide, evolve } from './profile.ts'
import { type CustomerProfile, isFirstOrder, waitingOrders } from './state.ts'

const spec = specification(customerProfile, { id: 'cus' })
const buyer = { tier: 'bronze', segment: 'new', firstOrder: true } as const
const created: CustomerProfileEvent = {
  type: 'CustomerProfileCreated',
  data: {
    status: 'active',
    tier: 'bronze',
    segment: 'new',
    tierAsOf: NOW,
    segmentAsOf: NOW,
    orderedBefore: false,
  },
}
const mugs = (quantity: number): HeldUnits => [{ sku: 'MUG', quantity }]

function standing(
  changed: 'all' | 'tier' | 'segment' | 'status',
  more: Partial<Extract<CustomerProfileCommand, { type: 'UpdateStanding' }>> = {},
): CustomerProfileCommand {
  return {
    type: 'UpdateStanding',
    status: 'active',
    tier: 'bronze',
    segment: 'new',
    asOf: NOW,
    ...more,
    changed,
  }
}
function open(
  orderId: string,
  units: HeldUnits = mugs(1),
  more: { waits?: boolean; placedBy?: 'customer' | 'operator'; buyer?: typeof buyer } = {},
): CustomerProfileCommand {
  return { type: 'OpenOrder', orderId, units, buyer, waits: true, placedBy: 'customer', ...more }
}
const wait = (orderId: string, units: HeldUnits = mugs(1)): CustomerProfileCommand => ({
  type: 'AwaitPayment',
  orderId,
  units,
  buyer,
  placedBy: 'customer',
})
const close = (orderId: string, outcome: 'confirmed' | 'cancelled'): CustomerProfileCommand => ({
  type: 'CloseOrder',
  orderId,
  outcome,
  buyer,
})
function opened(
  orderId: string,
  units: HeldUnits = mugs(1),
  more: { waits?: boolean; firstOrder?: boolean } = {},
): CustomerProfileEvent {
  return { type: 'CustomerOrderOpened', data: { orderId, units, waits: true, firstOrder: false, ...more } }
}
const awaited = (orderId: string, units: HeldUnits = mugs(1)): CustomerProfileEvent => ({
  type: 'CustomerOrderAwaitedPayment',
  data: { orderId, units },
})
const closed = (orderId: string, outcome: 'confirmed' | 'cancelled'): CustomerProfileEvent => ({
  type: 'CustomerOrderClosed',
  data: { orderId, outcome },
})

describe('UpdateStanding', () => {
  it('creates the profile: CustomerProfileCreated', () => {
    spec.given().when(standing('all')).then(created)
  })
  it('keeps up with tier and segment, each by its own time: CustomerProfileChanged', () => {
    const later = plus(NOW, HOUR)
    spec
      .given(created)
      .when(standing('tier', { tier: 'gold', segment: 'loyal', asOf: later }))
      .then({
        type: 'CustomerProfileChanged',
        data: { tier: 'gold', tierAsOf: later, segment: 'new', segmentAsOf: NOW },
      })
    // The two changes of one moment, the second of which was quicker.
    spec
      .given()
      .when(standing('segment', { tier: 'gold', segment: 'loyal' }))
      .then({
        type: 'CustomerProfileCreated',
        data: {
          status: 'active',
          tier: 'gold',
          segment: 'loyal',
          tierAsOf: NOW,
          segmentAsOf: NOW,
          orderedBefore: false,
        },
      })
  })
  it('does not go back when an older message comes late', () => {
    const changed: CustomerProfileEvent = {
      type: 'CustomerProfileChanged',
      data: { tier: 'gold', tierAsOf: plus(NOW, HOUR), segment: 'new', segmentAsOf: NOW },
    }
    spec
      .given(created, changed)
      .when(standing('tier', { tier: 'silver' }))
      .then()
    spec
      .given(created, changed)
      .when(standing('all', { tier: 'bronze', asOf: plus(NOW, -1) }))
      .then()
  })
  it('overrides the facts that an order was priced with', () => {
    spec
      .given({
        type: 'CustomerProfileCreated',
        data: { status: 'active', tier: 'silver', segment: 'active', orderedBefore: true },
      })
      .when(standing('all', { asOf: plus(NOW, -DAY) }))
      .then({
        type: 'CustomerProfileChanged',
        data: {
          tier: 'bronze',
          tierAsOf: plus(NOW, -DAY),
          segment: 'new',
          segmentAsOf: plus(NOW, -DAY),
        },
      })
  })
  it.each(['suspended', 'erased'] as const)(
    'ends what waits for payment when the customer is %s: CustomerProfileClosed',
    (status) => {
      const { effects } = spec
        .given(
          created,
          opened('one'),
          opened('paying', mugs(1), { waits: false }),
          opened('paid'),
          closed('paid', 'confirmed'),
        )
        .when(standing('status', { status }))
        .then({ type: 'CustomerProfileClosed', data: { status } })
      const end = (id: string) => ({
        to: { kind: 'order', id },
        command: { type: 'EndUnpaid', reason: `customer_${status}` },
      })
      expect(effects).toEqual([
        { type: 'commands', steps: [end('one'), end('paying')], stopAtRefusal: false },
      ])
    },
  )
  it('erases the customer from each order that ends after the erasure', () => {
    const erased: CustomerProfileEvent = { type: 'CustomerProfileClosed', data: { status: 'erased' } }
    const command = close('late', 'cancelled')
    expect(spec.given(created, erased).when(command).effects).toEqual([
      {
        type: 'commands',
        steps: [{ to: { kind: 'customer', id: 'cus' }, command: { type: 'SweepPersonalData' } }],
        stopAtRefusal: true,
      },
    ])
    expect(spec.given(created).when(command).effects).toEqual([])
  })
  it('goes from suspended to erased, and never back', () => {
    const suspended: CustomerProfileEvent = { type: 'CustomerProfileClosed', data: { status: 'suspended' } }
    const erased: CustomerProfileEvent = { type: 'CustomerProfileClosed', data: { status: 'erased' } }
    spec
      .given(created, suspended)
      .when(standing('status', { status: 'erased' }))
      .then(erased)
    spec
      .given(created, erased)
      .when(standing('status', { status: 'suspended' }))
      .then()
    spec
      .given(created, suspended)
      .when(standing('status', { status: 'suspended' }))
      .then()
  })
})

describe('OpenOrder', () => {
  it('records an order and what it holds: CustomerOrderOpened', () => {
    spec
      .given(created)
      .when(open('one', mugs(2)))
      .then(opened('one', mugs(2), { firstOrder: true }))
  })
  it('creates the profile of a customer who has none', () => {
    spec
      .given()
      .when(open('one', mugs(2)))
      .then(
        {
          type: 'CustomerProfileCreated',
          data: { status: 'active', tier: 'bronze', segment: 'new', orderedBefore: false },
        },
        opened('one', mugs(2), { firstOrder: true }),
      )
  })
  it('changes nothing the second time, nor after the end', () => {
    spec.given(created, opened('one')).when(open('one')).then()
    spec.given(created, closed('one', 'cancelled')).when(open('one')).then()
    spec.given(created, closed('one', 'confirmed')).when(open('one')).then()
  })
  it('is refused beside three that wait', () => {
    const three = [created, opened('one'), opened('two'), awaited('three')] as const
    spec
      .given(...three)
      .when(open('four'))
      .thenRefused('too_many_open_orders')
    spec
      .given(...three, closed('two', 'cancelled'))
      .when(open('four'))
      .then(opened('four'))
    spec
      .given(...three, closed('two', 'confirmed'))
      .when(open('four'))
      .then(opened('four'))
  })
  it('is refused where more than 50 units of a SKU would wait', () => {
    spec
      .given(created)
      .when(open('one', mugs(51)))
      .thenRefused('too_many_units_held')
    spec
      .given(created, opened('one', mugs(30)))
      .when(open('two', mugs(21)))
      .thenRefused('too_many_units_held')
    spec
      .given(created, opened('one', mugs(30)))
      .when(open('two', [{ sku: 'PEN', quantity: 50 }, ...mugs(20)]))
      .then(opened('two', [{ sku: 'PEN', quantity: 50 }, ...mugs(20)]))
  })
  it('counts no order that is being paid for, and refuses none', () => {
    const paying = (orderId: string) => opened(orderId, mugs(999), { waits: false })
    spec
      .given(created, paying('one'), paying('two'), paying('three'))
      .when(open('four', mugs(50)))
      .then(opened('four', mugs(50)))
    spec
      .given(created, opened('one'), opened('two'), opened('three'))
      .when(open('four', mugs(999), { waits: false }))
      .then(opened('four', mugs(999), { waits: false }))
  })
  it('does not limit what an operator orders', () => {
    spec
      .given(created, opened('one'), opened('two'), opened('three'))
      .when(open('four', mugs(500), { placedBy: 'operator' }))
      .then(opened('four', mugs(500)))
  })
  it('counts none that must have ended long ago', () => {
    const now = plus(NOW, profileRules.maxWaitMs)
    spec
      .given(created, opened('one'), opened('two'), opened('three'))
      .when(open('four'), { now })
      .then(opened('four'))
  })
  it('is refused once the customer may no longer order', () => {
    spec
      .given(created, { type: 'CustomerProfileClosed', data: { status: 'suspended' } })
      .when(open('one', mugs(1), { waits: false }))
      .thenRefused('customer_not_active')
  })
})

describe('AwaitPayment', () => {
  it('lets an order wait whose payment failed: CustomerOrderAwaitedPayment', () => {
    spec
      .given(created, opened('one', mugs(1), { waits: false }))
      .when(wait('one'))
      .then(awaited('one'))
    spec.given(created, awaited('one')).when(wait('one')).then()
    spec.given(created, closed('one', 'confirmed')).when(wait('one')).then()
  })
  it('is refused beside three that wait, and for too many units', () => {
    spec
      .given(
        created,
        opened('one'),
        opened('two'),
        opened('three'),
        opened('four', mugs(1), { waits: false }),
      )
      .when(wait('four'))
      .thenRefused('too_many_open_orders')
    spec
      .given(created, opened('one', mugs(999), { waits: false }))
      .when(wait('one', mugs(999)))
      .thenRefused('too_many_units_held')
  })
})

describe('CloseOrder', () => {
  it('frees the place of an order: CustomerOrderClosed', () => {
    spec.given(created, opened('one')).when(close('one', 'confirmed')).then(closed('one', 'confirmed'))
    spec.given(created, closed('one', 'confirmed')).when(close('one', 'confirmed')).then()
  })
  it('keeps an order cancelled, even if a confirmation arrives later', () => {
    spec
      .given(created, closed('one', 'confirmed'))
      .when(close('one', 'cancelled'))
      .then(closed('one', 'cancelled'))
    spec.given(created, closed('one', 'cancelled')).when(close('one', 'confirmed')).then()
  })
})

describe('a first order', () => {
  const first = (...events: CustomerProfileEvent[]) =>
    isFirstOrder(spec.fold([created, ...events]) ?? never())
  it('is one beside which none was placed that was not cancelled', () => {
    expect(first()).toBe(true)
    expect(first(opened('one'))).toBe(false)
    expect(first(opened('one'), closed('one', 'cancelled'))).toBe(true)
    expect(first(opened('one'), closed('one', 'confirmed'))).toBe(false)
    expect(first(closed('one', 'confirmed'), closed('one', 'cancelled'))).toBe(true)
    expect(first(closed('one', 'cancelled'), opened('two', mugs(1), { waits: false }))).toBe(false)
  })
})

describe('a profile, whatever happens', () => {
  const orderId = fc.constantFrom('one', 'two', 'three', 'four', 'five', 'six')
  const quantity = fc.integer({ min: 1, max: 60 })
  const command = fc.oneof(
    fc.tuple(orderId, quantity, fc.boolean()).map(([id, units, waits]) => open(id, mugs(units), { waits })),
    fc.tuple(orderId, quantity).map(([id, units]) => wait(id, mugs(units))),
    fc.tuple(orderId, fc.constantFrom('confirmed', 'cancelled')).map(([id, outcome]) => close(id, outcome)),
  )

  it('never lets more wait than the limits say, nor reopens an order', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let state: CustomerProfile | null = null
        let now: Instant = NOW
        for (const next of commands) {
          now = plus(now, 1)
          const ended: string[] = state ? [...state.confirmed, ...state.cancelled] : []
          for (const event of decide(next, state, specificationContext({ now })).events)
            state = evolve(state, event, now)
          if (!state) continue
          const waiting = waitingOrders(state, now)
          expect(waiting.length).toBeLessThanOrEqual(3)
          const units = waiting.flatMap((order) => order.units).reduce((sum, unit) => sum + unit.quantity, 0)
          expect(units).toBeLessThanOrEqual(50)
          expect(state.open.filter((order) => ended.includes(order.orderId))).toEqual([])
        }
      }),
    )
  })
})

function never(): never {
  throw new Error('there is no profile')
}
