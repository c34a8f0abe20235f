import { describe, expect, it } from 'vitest'
import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { MINUTE, plus } from '../core/time.ts'
import { inventory } from './aggregate.ts'
import { type InventoryCommand, inventoryCommand } from './commands.ts'
import type { InventoryEvent } from './events.ts'

const spec = specification(inventory, { id: 'MUG' })

/** Minutes after the beginning, at which all these commands are given. */
function minutes(count: number) {
  return plus(NOW, count * MINUTE)
}
const count = { type: 'UpdateStock', location: 'main', set: 10, reorderPoint: 9 } as const
function reserve(orderId: string, until: number): InventoryCommand {
  return { type: 'ReserveInventory', orderId, quantity: 2, expiresAt: minutes(until) }
}
function release(orderId: string): InventoryCommand {
  return { type: 'ReleaseReservation', orderId, reason: 'cancelled' }
}

/** What the last of these commands, given one after another, causes. */
function effectsOf(...commands: readonly InventoryCommand[]): readonly Effect[] {
  const history: InventoryEvent[] = []
  let last: readonly Effect[] = []
  for (const command of commands) {
    const now = command.type === 'ExpireReservations' ? minutes(10) : NOW
    const { decision, effects } = spec.given(...history).when(command, { now })
    history.push(...decision.events)
    last = effects
  }
  return last
}
describe('a hold that an operator gives back', () => {
  const freed = (orderId: string): InventoryCommand => ({
    type: 'ReleaseReservation',
    orderId,
    reason: 'operator',
    by: 'operator',
  })
  const report = (orderId: string) =>
    send(
      {
        to: { kind: 'order', id: orderId },
        command: { type: 'RecordReservationReleased', sku: 'MUG', quantity: 2, available: 10 },
      },
      { type: 'RecordOrderNotified' },
    )

  it('is reported to its order, whether it was only held or sold', () => {
    expect(effectsOf(count, reserve('ord_1', 10), freed('ord_1'))).toContainEqual(report('ord_1'))
    const commit: InventoryCommand = { type: 'CommitReservation', orderId: 'ord_1' }
    expect(effectsOf(count, reserve('ord_1', 10), commit, freed('ord_1'))).toContainEqual(report('ord_1'))
  })
  it('is not reported when there was nothing to release, or the order itself released it', () => {
    expect(effectsOf(count, freed('ord_1'))).toEqual([])
    expect(effectsOf(count, reserve('ord_1', 10), release('ord_1'))).toEqual([unschedule('expiry')])
  })
  it('may have been held for what is no order here', () => {
    const to = { kind: 'order', id: 'shelf-3' }
    spec
      .given()
      .when({
        type: 'RecordOrderNotified',
        outcome: [{ ok: false, to, refusal: { code: 'order_not_found', detail: 'No.' } }],
      })
      .then()
  })
})

function timerAt(until: number) {
  return schedule('expiry', minutes(until), { type: 'ExpireReservations' })
}

describe('the one timer for all holds', () => {
  it('stands at the end of the only hold', () => {
    expect(effectsOf(count, reserve('ord_1', 10))).toEqual([timerAt(10)])
  })
  it('moves nearer for a hold that ends earlier', () => {
    expect(effectsOf(count, reserve('ord_1', 10), reserve('ord_2', 5))).toEqual([timerAt(5)])
  })
  it('stays for a hold that ends later', () => {
    expect(effectsOf(count, reserve('ord_1', 10), reserve('ord_2', 15))).toEqual([timerAt(10)])
  })
  it('moves on when the hold that ends first is extended', () => {
    const extend: InventoryCommand = {
      type: 'ExtendReservation',
      orderId: 'ord_1',
      expiresAt: minutes(20),
    }
    expect(effectsOf(count, reserve('ord_1', 10), reserve('ord_2', 15), extend)).toEqual([timerAt(15)])
  })
  it('moves on when the hold that ends first is committed, released or expired', () => {
    const holds = [count, reserve('ord_1', 10), reserve('ord_2', 15)]
    expect(effectsOf(...holds, { type: 'CommitReservation', orderId: 'ord_1' })).toEqual([timerAt(15)])
    expect(effectsOf(...holds, release('ord_1'))).toEqual([timerAt(15)])
    expect(effectsOf(...holds, { type: 'ExpireReservations' })).toEqual([timerAt(15)])
  })
  it('goes with the last hold', () => {
    const hold = [count, reserve('ord_1', 10)]
    expect(effectsOf(...hold, { type: 'CommitReservation', orderId: 'ord_1' })).toEqual([
      unschedule('expiry'),
    ])
    expect(effectsOf(...hold, release('ord_1'))).toEqual([unschedule('expiry')])
    expect(effectsOf(...hold, { type: 'ExpireReservations' })).toEqual([unschedule('expiry')])
  })
  it('has nothing to do with changes of stock, requests for stock and short stock', () => {
    expect(effectsOf(count)).toEqual([])
    expect(effectsOf({ ...count, set: 1 })).toEqual([])
    expect(effectsOf(count, { type: 'ReserveInventory', orderId: 'ord_1', quantity: 11 })).toEqual([])
  })
})

describe('the aggregate', () => {
  it('lists short stock among the error events', () => {
    expect(inventory).toMatchObject({
      kind: 'inventory',
      context: 'inventory',
      errorEvents: ['InventoryInsufficient'],
    })
  })
  it('gives its timer a command that it accepts itself', () => {
    const timer = effectsOf(count, reserve('ord_1', 10)).find((effect) => effect.type === 'timer')
    expect(inventoryCommand.safeParse(timer?.command).success).toBe(true)
  })
})
