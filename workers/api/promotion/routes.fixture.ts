import { vi } from 'vitest'
import { z } from 'zod'
import { type Caller, customer, operator, ops, send } from '../http/request.fixture.ts'

/** Goods, codes and buyers that the tests of promotions and of carts share. Not used outside tests. */

export function usd(amount: number) {
  return { amount, currency: 'USD' }
}

let made = 0

/** A new product at a price in minor units; returns its SKU. */
export async function product(price: number, weightGrams = 100): Promise<string> {
  made += 1
  const sku = `GOODS-${made}`
  await send('POST', '/products', {
    as: operator,
    body: { sku, name: `Goods ${made}`, price: usd(price), weightGrams },
  })
  return sku
}

/** A new promotion; returns its code and the answer. */
export async function promotion(fields: object) {
  made += 1
  const code = `CODE-${made}`
  return { code, ...(await send('POST', '/promotions', { as: operator, body: { code, ...fields } })) }
}

const mailbox = z.object({ data: z.array(z.object({ variables: z.record(z.string(), z.string()) })) })

/** A customer who may order, registered and verified through the API. */
export async function buyer(): Promise<Caller> {
  made += 1
  const email = `promotions-${made}@example.com`
  const { id = '' } = (await send('POST', '/customers', { body: { email, name: 'Ada' } })).body
  const [mail] = await vi.waitUntil(
    async () => {
      const { body } = await send('GET', `/ops/mailbox?to=${encodeURIComponent(email)}`, { as: ops })
      const { data } = mailbox.parse(body)
      return data.length > 0 && data
    },
    { timeout: 5_000 },
  )
  await send('POST', `/customers/${id}/verify-email`, { body: { token: mail?.variables.token } })
  return customer(id)
}
