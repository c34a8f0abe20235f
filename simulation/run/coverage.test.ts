import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'
import { coverageOf, excused, loggedEvents, unloggedTypes } from './coverage.ts'

const all = ['cart.CartCreated', 'order.OrderCreated', 'system.SystemError']

describe('coverage', () => {
  it('knows which types of events never occurred', () => {
    expect(coverageOf(new Set(['order.OrderCreated']), all, new Map())).toEqual({
      seen: 1,
      all: 3,
      never: ['cart.CartCreated', 'system.SystemError'],
      lacking: ['cart.CartCreated', 'system.SystemError'],
    })
  })

  it('lacks nothing that is excused, and counts only types that there are', () => {
    const occurred = new Set(['order.OrderCreated', 'system.SystemError', 'order.OrderForgotten'])
    expect(coverageOf(occurred, all, new Map([['cart.CartCreated', 'of an earlier release']]))).toMatchObject(
      {
        seen: 2,
        never: ['cart.CartCreated'],
        lacking: [],
      },
    )
  })

  it('excuses only types that there are, each with a reason', () => {
    for (const [type, reason] of excused) {
      expect(eventTypes.has(type), type).toBe(true)
      expect(reason, type).toMatch(/^[A-Z].{15,}\.$/)
    }
  })

  it('reads logs by the context of their aggregate, and no other objects', () => {
    const object = (className: string, type: string, count: number) => ({
      ...{ className, name: 'x', alarm: null },
      rows: () => [{ type, count }],
    })
    const counts = loggedEvents([
      object('CustomerProfileObject', 'StandingUpdated', 2),
      object('OrderObject', 'OrderCreated', 1),
      object('OrderObject', 'OrderCreated', 3),
      object('ForwarderObject', 'Nothing', 1),
    ])
    expect([...counts]).toEqual([
      ['order.StandingUpdated', 2],
      ['order.OrderCreated', 4],
    ])
  })

  it('counts every event of a commit, and no head', () => {
    const database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE log (version INTEGER PRIMARY KEY, command TEXT, body TEXT NOT NULL)')
    const insert = database.prepare('INSERT INTO log (version, body) VALUES (?, ?)')
    insert.run(0, JSON.stringify({ kind: 'order' }))
    insert.run(2, JSON.stringify({ events: [{ type: 'OrderPaid' }, { type: 'OrderConfirmed' }] }))
    insert.run(3, JSON.stringify({ events: [{ type: 'OrderPaid' }] }))
    const rows = (sql: string) => database.prepare(sql).all()
    const counts = loggedEvents([{ className: 'OrderObject', name: 'x', alarm: null, rows }])
    expect(Object.fromEntries(counts)).toEqual({ 'order.OrderPaid': 2, 'order.OrderConfirmed': 1 })
  })

  it('reads at the sink only what belongs to no log', () => {
    const arrival = (event: object) => ({
      ...{ text: JSON.stringify(event), at: 0, isRepeat: false, repeatOf: null },
    })
    const arrivals = [
      arrival({ type: 'order.OrderCreated', sequence: '0000000001' }),
      arrival({ type: 'system.SystemError' }),
    ]
    expect([...unloggedTypes({ arrivals })]).toEqual(['system.SystemError'])
  })
})
