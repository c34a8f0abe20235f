import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Api } from '../support/api.ts'
import { type Server, startServer } from '../support/server.ts'
import { type Buyer, Shop } from '../support/shop.ts'
import { fuzz } from './support/fuzz/schemathesis.ts'

/** Operations that are not called, and why. */
const leaveOut = {
  advanceClock: 'a century ahead all that the other requests are about has ended',
}
/** How long each caller goes on (s); with the start of it all that is about four minutes. */
const SECONDS = 45

let server: Server
let api: Api
let ada: Buyer

beforeAll(async () => {
  // Without them webhooks are 503, as the document says.
  server = await startServer({
    variables: { STRIPE_WEBHOOK_SECRET: 'whsec_fuzz', CARRIER_WEBHOOK_SECRET: 'carrier-secret-of-this-test' },
  })
  api = await Api.connect(server.url)
  const shop = new Shop(api)
  ada = await shop.buyer()
  // Something for lists to show.
  await shop.placed(ada, await shop.product())
  await shop.promotion()
})
afterAll(() => server.remove())

describe('whoever sends what the document allows, and what it does not', () => {
  it.each<[string, () => string | null]>([
    ['an operator', () => api.operator],
    ['a customer', () => ada.token],
    ['ops', () => api.ops],
    ['nobody known', () => null],
  ])(
    'gets answers as documented, and no fault: %s',
    async (_, token) => {
      const { found, printed, operations, requests } = await fuzz(server.url, {
        token: token(),
        seconds: SECONDS,
        leaveOut: Object.keys(leaveOut),
      })
      expect(found, printed).toEqual([])
      // How far it comes in its time is the machine's affair; that it comes to something is not.
      expect(operations).toBeGreaterThan(20)
      expect(requests).toBeGreaterThan(20)
    },
    600_000,
  )
})
