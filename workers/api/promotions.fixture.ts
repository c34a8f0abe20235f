import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { z } from 'zod'
import { clock } from '../../durable-objects/clock.ts'
import { issueAccessToken, type Scope } from './access-tokens.ts'
import { app } from './app.ts'

/** Requests and goods that the tests of promotions and of carts share. Not used outside tests. */
const answerSchema = z.looseObject({ id: z.string().optional(), code: z.string().optional() })

/** Who sends a request: a subject with its scopes, or nobody. */
export type Sender = readonly [subject: string, ...scopes: Scope[]] | null
export const operator: Sender = ['olga', 'operator']

/** Sends one request through the whole API. */
export async function send(sender: Sender, method: string, path: string, body?: object) {
  const [subject = '', ...scopes] = sender ?? []
  const token = sender ? await issueAccessToken(env, subject, scopes, clock.now()) : null
  const response = await app.request(
    `/v1${path}`,
    {
      method,
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    },
    env,
    createExecutionContext(),
  )
  return { status: response.status, body: answerSchema.parse(await response.json()) }
}

export function usd(amount: number) {
  return { amount, currency: 'USD' }
}

let made = 0

/** A new product at a price in minor units; returns its SKU. */
export async function product(price: number, weightGrams = 100): Promise<string> {
  made += 1
  const sku = `GOODS-${made}`
  await send(operator, 'POST', '/products', { sku, name: `Goods ${made}`, price: usd(price), weightGrams })
  return sku
}

/** A new promotion; returns its code and the answer. */
export async function promotion(fields: object) {
  made += 1
  const code = `CODE-${made}`
  return { code, ...(await send(operator, 'POST', '/promotions', { code, ...fields })) }
}

const mailbox = z.object({ data: z.array(z.object({ variables: z.record(z.string(), z.string()) })) })

/** A customer who may order, registered and verified through the API. */
export async function buyer(): Promise<Sender> {
  made += 1
  const email = `promotions-${made}@example.com`
  const { id = '' } = (await send(null, 'POST', '/customers', { email, name: 'Ada' })).body
  const ops: Sender = ['otto', 'ops']
  const [mail] = await vi.waitUntil(
    async () => {
      const { body } = await send(ops, 'GET', `/ops/mailbox?to=${encodeURIComponent(email)}`)
      const { data } = mailbox.parse(body)
      return data.length > 0 && data
    },
    { timeout: 5_000 },
  )
  await send(null, 'POST', `/customers/${id}/verify-email`, { token: mail?.variables.token })
  return [id, 'customer']
}
