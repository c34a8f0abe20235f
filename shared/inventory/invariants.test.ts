import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { DAY, type Instant, MINUTE, plus } from '../core/time.ts'
import { inventory } from './aggregate.ts'
import type { InventoryCommand } from './commands.ts'
import type { Allocation, InventoryEvent } from './events.ts'
import { type Inventory, levelsOf, reservationsOf } from './state.ts'

// Whatever is counted, held, sold, given back, forgotten and repeated, in whatever order and at whatever time.

const names = ['main', 'east', 'west']
const orderId = fc.constantFrom('ord_1', 'ord_2', 'ord_3', 'ord_4')
const location = fc.constantFrom(...names)
const reason = fc.constant('any')
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

const country = fc.constantFrom('US', 'DE')
const shipTo = maybe(fc.record({ country }))

const change: fc.Arbitrary<{ set: number } | { adjust: number }> = fc.oneof(
  fc.record({ set: fc.nat(20) }),
  fc.record({ adjust: fc.integer({ min: -15, max: 15 }) }),
)
const update: fc.Arbitrary<InventoryCommand> = fc
  .record({ location, change, reorderPoint: maybe(fc.nat(12)), country: maybe(country) })
  .map(({ change, ...rest }) => ({ type: 'UpdateStock', ...rest, ...change }))
/** A reservation may ask to end at so many minutes from when it is made. */
const reserve = fc.record({
  orderId,
  quantity: fc.integer({ min: 1, max: 15 }),
  minutes: maybe(fc.nat(60)),
  shipTo,
})
const extend = fc.record({ orderId, extendedBy: fc.nat(90) })
const ending: fc.Arbitrary<InventoryCommand> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('CommitReservation'), orderId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ReleaseReservation'),
      orderId,
      reason,
      restock: maybe(
        fc.uniqueArray(fc.record({ location, quantity: fc.integer({ min: 1, max: 5 }) }), {
          selector: (allocation) => allocation.location,
          maxLength: 3,
        }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ExpireReservations') }) },
)
/** A command as it is given at a time. */
const command: fc.Arbitrary<(now: Instant) => InventoryCommand> = fc.oneof(
  { weight: 2, arbitrary: update.map((made) => () => made) },
  {
    weight: 4,
    arbitrary: reserve.map(
      ({ minutes, ...rest }) =>
        (now: Instant): InventoryCommand => ({
          type: 'ReserveInventory',
          ...rest,
          expiresAt: minutes === undefined ? undefined : plus(now, minutes * MINUTE),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: extend.map(
      ({ orderId, extendedBy }) =>
        (now: Instant): InventoryCommand => ({
          type: 'ExtendReservation',
          orderId,
          expiresAt: plus(now, extendedBy * MINUTE),
        }),
    ),
  },
  { weight: 5, arbitrary: ending.map((made) => () => made) },
)
const after = fc.constantFrom(0, 0, 0, 0, MINUTE, MINUTE, 31 * MINUTE, 2 * DAY, 31 * DAY)
// Without a size, fast-check makes lists too short for anything to happen twice to one order.
const steps = fc.array(fc.record({ command, after }), { maxLength: 60, size: 'max' })

/** The shelves according to the events alone, without the aggregate's own state. */
function books() {
  const onHand = new Map<string, number>()
  const holds = new Map<string, readonly Allocation[]>()
  const add = (allocations: readonly Allocation[], sign: 1 | -1) => {
    for (const { location, quantity } of allocations)
      onHand.set(location, (onHand.get(location) ?? 0) + sign * quantity)
  }
  function write(event: InventoryEvent) {
    switch (event.type) {
      case 'InventoryUpdated':
        onHand.set(event.data.location, (onHand.get(event.data.location) ?? 0) + event.data.change)
        return expect(onHand.get(event.data.location)).toBe(event.data.onHand)
      case 'InventoryReserved':
        expect(holds.has(event.data.orderId)).toBe(false)
        return holds.set(event.data.orderId, event.data.allocations)
      case 'ReservationCommitted':
        expect(holds.get(event.data.orderId)).toEqual(event.data.allocations)
        holds.delete(event.data.orderId)
        return add(event.data.allocations, -1)
      case 'ReservationExpired':
        expect(holds.get(event.data.orderId)).toEqual(event.data.allocations)
        return holds.delete(event.data.orderId)
      case 'InventoryReleased':
        expect(holds.has(event.data.orderId)).toBe(!event.data.restocked)
        if (event.data.restocked) return add(event.data.allocations, 1)
        return holds.delete(event.data.orderId)
    }
  }
  function reservedAt(name: string) {
    const allocations = [...holds.values()].flat().filter(({ location }) => location === name)
    return allocations.reduce((sum, { quantity }) => sum + quantity, 0)
  }
  return { onHandAt: (name: string) => onHand.get(name) ?? 0, reservedAt, holds, write }
}

const toldLocations = z.looseObject({
  quantity: z.int(),
  locations: z.array(z.looseObject({ location: z.string(), available: z.int() })),
})

/** The shelf according to the aggregate's state. */
function levelsAt({ locations }: Inventory, name: string) {
  const { onHand = 0, reserved = 0 } = locations.find(({ location }) => location === name) ?? {}
  return { location: name, onHand, reserved }
}

/** Plays the steps, and gives each event and the stock after it, and then each stock after a command. */
function play(
  given: readonly { command: (now: Instant) => InventoryCommand; after: number }[],
  check: {
    event?: (event: InventoryEvent, state: Inventory) => void
    command?: (state: Inventory, command: InventoryCommand, now: Instant) => void
  },
) {
  let state: Inventory | null = null
  let now = NOW
  for (const step of given) {
    now = plus(now, step.after)
    const command = inventory.command.parse(step.command(now))
    const decision = inventory.decide(command, state, specificationContext({ id: 'MUG', now }))
    for (const event of decision.events) {
      state = inventory.state.parse(inventory.evolve(state, inventory.event.parse(event), now))
      check.event?.(event, state)
    }
    if (state) check.command?.(state, command, now)
  }
}

describe('after any commands', () => {
  it('every location has on hand at least what is reserved there, and that at least zero', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { onHandAt, reservedAt, holds, write } = books()
        play(given, {
          event(event, state) {
            write(event)
            const counted = names.map((name) => ({
              location: name,
              onHand: onHandAt(name),
              reserved: reservedAt(name),
            }))
            expect(names.map((name) => levelsAt(state, name))).toEqual(counted)
            expect(counted.filter(({ onHand, reserved }) => !(onHand >= reserved && reserved >= 0))).toEqual(
              [],
            )
            expect(state.held.map(({ orderId }) => orderId).sort()).toEqual([...holds.keys()].sort())
            if ('available' in event.data && event.type !== 'InventoryInsufficient')
              expect(event.data.available).toBe(levelsOf(state).available)
          },
        })
      }),
      { numRuns: 150 },
    )
  })

  it('allocations add up to the quantity, and no order has two reservations', () => {
    fc.assert(
      fc.property(steps, (given) => {
        play(given, {
          command(state) {
            const reservations = reservationsOf(state)
            for (const { quantity, allocations } of reservations)
              expect(allocations.reduce((sum, allocation) => sum + allocation.quantity, 0)).toBe(quantity)
            expect(new Set(reservations.map(({ orderId }) => orderId)).size).toBe(reservations.length)
          },
        })
      }),
    )
  })

  it('what is reserved comes from the locations of its decision', () => {
    fc.assert(
      fc.property(steps, (given) => {
        play(given, {
          event(event) {
            if (event.type !== 'InventoryReserved' && event.type !== 'InventoryInsufficient') return
            const [decision] = event.data.decisions
            const told = toldLocations.parse(decision?.inputs)
            const available = told.locations.reduce((sum, one) => sum + one.available, 0)
            expect(told.quantity).toBe(event.data.quantity)
            if (event.type === 'InventoryInsufficient') {
              expect(available).toBe(event.data.available)
              return
            }
            expect(available).toBe(event.data.available + event.data.quantity)
            for (const { location, quantity } of event.data.allocations)
              expect(
                told.locations.find((one) => one.location === location)?.available,
              ).toBeGreaterThanOrEqual(quantity)
          },
        })
      }),
    )
  })

  it('holds are ordered by their end, and none has expired once its timer has fired', () => {
    fc.assert(
      fc.property(steps, (given) => {
        play(given, {
          command(state, command, now) {
            const ends = state.held.map(({ expiresAt }) => expiresAt)
            expect(ends).toEqual([...ends].sort())
            if (command.type === 'ExpireReservations') for (const end of ends) expect(end > now).toBe(true)
          },
        })
      }),
    )
  })

  it('new stock has been asked for exactly while less than the reorder point is available', () => {
    fc.assert(
      fc.property(steps, (given) => {
        let asked = 0
        let falls = 0
        let wasBelow = false
        play(given, {
          event(event) {
            if (event.type === 'ReplenishmentRequested') asked += 1
          },
          command(state) {
            const isBelow = levelsOf(state).available < (state.reorderPoint ?? 0)
            if (isBelow && !wasBelow) falls += 1
            wasBelow = isBelow
            expect(state.replenishmentRequested).toBe(isBelow)
            expect(asked).toBe(falls)
          },
        })
      }),
    )
  })

  it('the same command at once again changes nothing', () => {
    fc.assert(
      fc.property(steps, (given) => {
        play(given, {
          command(state, command, now) {
            if (command.type === 'UpdateStock' && command.adjust !== undefined) return
            const again = inventory.decide(command, state, specificationContext({ id: 'MUG', now }))
            expect(again.events.filter(({ type }) => type !== 'InventoryInsufficient')).toEqual([])
          },
        })
      }),
    )
  })
})

it('many buyers at once get what there is and not one unit more', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 60 }),
      (counts, wishes) => {
        const counted = counts.map((set, index) => ({
          command: (): InventoryCommand => ({ type: 'UpdateStock', location: `shelf-${index}`, set }),
          after: 0,
        }))
        const buyers = wishes.map((quantity, index) => ({
          command: (): InventoryCommand => ({ type: 'ReserveInventory', orderId: `ord_${index}`, quantity }),
          after: 0,
        }))
        // A buyer is served exactly if all that was asked for is still there.
        let left = counts.reduce((sum, count) => sum + count, 0)
        const served = wishes.map((quantity) => {
          const fits = quantity <= left
          if (fits) left -= quantity
          return fits
        })
        const answers: boolean[] = []
        play([...counted, ...buyers], {
          event(event) {
            if (event.type === 'InventoryReserved') answers.push(true)
            if (event.type === 'InventoryInsufficient') answers.push(false)
          },
        })
        expect(answers).toEqual(served)
      },
    ),
  )
})
