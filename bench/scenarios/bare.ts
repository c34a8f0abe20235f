import { wireRequest } from '../load/connection.ts'
import { usd } from '../petrel.ts'
import { expectStatus, type Scenario } from './scenario.ts'

/** How many objects or aggregates share the requests of a scenario. */
export const SPREAD = 64

/** What the runtime, the network and this client come to by themselves. */
export const hello: Scenario = {
  name: 'hello',
  title: '(a) bare Worker: hello',
  worker: 'hello',
  async prepare() {
    const request = wireRequest('GET', '/')
    return async (connection) => expectStatus(await connection.send(request), 200)
  },
}

/** What storing anything durably in an object comes to: the measure for everything that Petrel stores. */
export const insert: Scenario = {
  name: 'insert',
  title: `(b) bare Worker + object: one INSERT, ${SPREAD} objects`,
  worker: 'insert',
  async prepare() {
    const requests = Array.from({ length: SPREAD }, (_, index) =>
      wireRequest('POST', `/${index}`, {}, { price: usd(1_000 + index) }),
    )
    return async (connection, turn) => {
      const request = requests[turn % SPREAD]
      if (request) expectStatus(await connection.send(request), 200)
    }
  },
}
