import { randomUUID } from 'node:crypto'
import { wireRequest } from '../load/connection.ts'
import { numbered } from '../petrel.ts'
import { expectStatus, type Scenario } from './scenario.ts'

/** A SKU holds stock for at most 5,000 orders at a time, so the heat moves on before. */
const HOLDS_EACH = 4_000
const skus = numbered('BENCH-HOT', 50)

/** Reservations that all go to one object: what a single aggregate can take. */
export const hotReservation: Scenario = {
  name: 'hot-reservation',
  title: 'one reservation, all of one hot SKU',
  worker: 'petrel',
  async prepare(petrel) {
    await petrel.createProducts(skus)
    await petrel.stock(skus)
    let held = 0
    return async (connection) => {
      const sku = skus[Math.floor(held / HOLDS_EACH)]
      if (sku === undefined) throw new Error('the run was longer than the bench has hot SKUs for')
      held += 1
      const body = { orderId: `ord_${randomUUID()}`, quantity: 1 }
      const request = wireRequest('POST', `/v1/inventory/${sku}/reservations`, petrel.operator, body)
      expectStatus(await connection.send(request), 200)
    }
  },
}
