import { wireRequest } from '../load/connection.ts'
import { numbered, usd } from '../petrel.ts'
import { SPREAD } from './bare.ts'
import { expectStatus, type Scenario } from './scenario.ts'

/** The products whose prices are changed. */
export const commandSkus = numbered('BENCH-COMMAND', SPREAD)

/**
 * changePrice: it appends exactly one event (`ProductPriceChanged`), causes no effect and asks no other
 * object, so it shows what API and object cost by themselves. No price comes twice, so none is a repetition.
 */
export const command: Scenario = {
  name: 'command',
  title: `one command, one event (changePrice), ${SPREAD} aggregates`,
  worker: 'petrel',
  async prepare(petrel) {
    await petrel.createProducts(commandSkus)
    let price = 1_000
    return async (connection, turn) => {
      price += 1
      const path = `/v1/products/${commandSkus[turn % SPREAD]}/price`
      const request = wireRequest('POST', path, petrel.operator, { price: usd(price) })
      expectStatus(await connection.send(request), 200)
    }
  },
}
