import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import firstVersion from '../../../contracts/samples/inventory/InventoryReserved.v1.json'
import { inventory } from '../../../shared/inventory/aggregate.ts'
import { inventoryEvent } from '../../../shared/inventory/events.ts'
import {
  bindings,
  envelope,
  fireAlarm,
  live,
  pass,
  RecordingQueue,
  stopTime,
  storedIn,
} from '../object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

const { sku, orderId, quantity, allocations } = firstVersion
const stub = () => env.INVENTORY.getByName(sku)
const reserve = envelope(
  sku,
  { type: 'ReserveInventory', orderId, quantity },
  { commandId: 'reserve', fingerprint: 'f' },
)

/** The rule of version 1 as today's decision. */
const decision = {
  policy: 'allocationPolicy',
  rules: ['single_location'],
  outcome: 'single_location',
}

describe('a reservation that was stored by the first release', () => {
  it('is read in today’s form on load, in its history, when repeated, published and sent again', async () => {
    const queue = new RecordingQueue()
    const environment = bindings({ EVENTS: queue })
    const reserved = () => queue.events.filter(({ type }) => type === 'inventory.InventoryReserved')

    await live(inventory, stub(), environment, async (object, state) => {
      await object.execute(envelope(sku, { type: 'UpdateStock', location: 'main', set: 10 }))
      expect(await object.execute(reserve)).toMatchObject({ ok: true })
      // The row as the first release left it, which is what the sample is; only the hold is not over yet.
      const row = storedIn(state).events.find(({ type }) => type === 'InventoryReserved')
      expect(row).toMatchObject({ schema: 2, data: { expiresAt: expect.any(String) } })
      state.storage.sql.exec(
        `UPDATE log SET body = json_set(body,
          '$.events[0].data', json_set(?, '$.expiresAt', body -> '$.events[0].data.expiresAt'), '$.events[0].schema', 1)
        WHERE version = ?`,
        JSON.stringify(firstVersion),
        row?.version,
      )
    })

    await live(inventory, stub(), environment, async (object, state) => {
      // Load, and as it was at a version.
      const view = await object.read({})
      expect(view?.state).toMatchObject({ held: [{ orderId, quantity, allocations, state: 'held' }] })
      expect((await object.read({ version: view?.version ?? 0 }))?.state).toEqual(view?.state)

      // History.
      const history = (await object.history({ after: 0, limit: 10 })).map((text) => JSON.parse(text))
      const told = history.find(({ type }) => type === 'inventory.InventoryReserved')
      expect(inventoryEvent.safeParse({ type: 'InventoryReserved', data: told.data }).success).toBe(true)
      expect(told.data).toMatchObject({ orderId, decisions: [decision] })
      expect(told.data).not.toHaveProperty('rule')

      // The repeated command is answered from the log.
      const repeated = await object.execute(reserve)
      expect(repeated).toMatchObject({ ok: true, repeated: true })
      const answered = repeated.events.find(({ type }) => type === 'InventoryReserved')
      expect(JSON.parse(answered?.data ?? '{}')).toEqual(told.data)

      // Published, and sent again without a confirmation.
      await fireAlarm(object, state)
      expect(reserved().map(({ data }) => data)).toEqual([told.data])
      pass(300_000)
      await fireAlarm(object, state)
      expect(reserved().map(({ data }) => data)).toEqual([told.data, told.data])

      // What is stored stays as it was.
      expect(storedIn(state).events.find(({ type }) => type === 'InventoryReserved')?.schema).toBe(1)
    })
  })
  it('can be committed today', async () => {
    await live(inventory, stub(), bindings(), async (object) => {
      const committed = await object.execute(envelope(sku, { type: 'CommitReservation', orderId }))
      expect(committed).toMatchObject({ ok: true, view: { state: { held: [], closed: [{ orderId }] } } })
    })
  })
})
