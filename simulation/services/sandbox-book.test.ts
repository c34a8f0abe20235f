import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { ChargeRequest } from '../../shared/ports/payment-gateway.ts'
import {
  aftermathOf,
  type SandboxRefund,
  takeCharge,
  takeRefund,
} from '../../shared/ports/sandbox/gateway.ts'
import type { StoredObject } from '../world.ts'
import { sandboxBook } from './sandbox-book.ts'

const charge = (paymentMethod = 'pm_card_visa', key = 'pay_1'): ChargeRequest => ({
  key,
  amount: { amount: 5_000, currency: 'USD' },
  paymentMethod,
  orderId: 'ord_1',
})
const refund = (name: string, minor: number) => ({
  key: `pay_1/${name}`,
  chargeKey: 'pay_1',
  chargeId: 'ch_pay_1',
  amount: { amount: minor, currency: 'USD' },
})

/** The storage of an object with tables as `SandboxGatewayObject` makes them; one without entries is missing. */
function stored(
  entries: Record<string, readonly object[]>,
  className = 'SandboxGatewayObject',
): StoredObject {
  const database = new DatabaseSync(':memory:')
  for (const [table, list] of Object.entries(entries)) {
    database.exec(`CREATE TABLE ${table} (key TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)`)
    const insert = database.prepare(`INSERT INTO ${table} (key, entry) VALUES (?, ?)`)
    for (const [place, entry] of list.entries()) insert.run(`k${place}`, JSON.stringify(entry))
  }
  const rows: StoredObject['rows'] = (query, ...bindings) => {
    const table = /FROM (\w+)/.exec(query)?.[1] ?? ''
    return table in entries ? database.prepare(query).all(...bindings) : []
  }
  return { className, name: 'pay_1', alarm: null, rows }
}

describe("the sandbox's book", () => {
  it('has the charges of all objects, made or declined', () => {
    const book = sandboxBook([
      stored({ charges: [takeCharge(null, charge()).entry] }),
      stored({ charges: [takeCharge(null, charge('pm_card_chargeDeclined', 'pay_2')).entry] }),
      // The charge is made, and its first answers are lost.
      stored({ charges: [takeCharge(null, charge('pm_sandbox_timeout', 'pay_3')).entry] }),
      stored({}),
      stored({ charges: [{}] }, 'OrderObject'),
    ])
    const same = { amount: 5_000, currency: 'USD' }
    expect(book).toEqual({
      charges: [
        { ...same, key: 'pay_1', paymentMethod: 'pm_card_visa', succeeded: true },
        { ...same, key: 'pay_2', paymentMethod: 'pm_card_chargeDeclined', succeeded: false },
        { ...same, key: 'pay_3', paymentMethod: 'pm_sandbox_timeout', succeeded: true },
      ],
      refunds: [],
    })
  })

  it('has refunds, of which those above the charge and those sent back moved nothing', () => {
    const { entry: made } = takeCharge(null, charge('pm_card_refundFail'))
    const refunds: SandboxRefund[] = []
    for (const request of [refund('r1', 3_000), refund('r2', 2_001)]) {
      const { entry } = takeRefund(made, refunds, request)
      if (entry) refunds.push(entry)
    }
    const same = { chargeKey: 'pay_1', currency: 'USD' }
    const exceeding = { ...same, key: 'pay_1/r2', amount: 2_001, succeeded: false }
    const first = { ...same, key: 'pay_1/r1', amount: 3_000 }
    expect(sandboxBook([stored({ charges: [made], refunds })]).refunds).toEqual([
      { ...first, succeeded: true },
      exceeding,
    ])
    const later = aftermathOf([made], refunds).refunds
    expect(sandboxBook([stored({ charges: [made], refunds: later })]).refunds).toEqual([
      { ...first, succeeded: false },
    ])
  })

  it('refuses a record that is none of the sandbox', () => {
    expect(() => sandboxBook([stored({ charges: [{ amount: 1 }] })])).toThrow()
  })
})
