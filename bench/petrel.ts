import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { issueAccessToken } from '../workers/api/http/auth/access-tokens.ts'
import type { Scope } from '../workers/api/http/auth/caller.ts'

/** How often, and for how long, a mail is looked for (ms). */
const LOOK_EVERY = 50
const LOOK_FOR = 20_000

const idSchema = z.object({ id: z.string() })
const mailboxSchema = z.object({ data: z.array(z.object({ variables: z.record(z.string(), z.string()) })) })
const verifiedSchema = z.object({ accessToken: z.string() })

/** Header fields that carry a token. */
export type Authorization = { readonly Authorization: string }

/** An access token of the development key, for a caller with one scope. */
export async function authorize(scope: Scope): Promise<Authorization> {
  const token = await issueAccessToken(
    { ENVIRONMENT: 'development' },
    `bench-${scope}`,
    [scope],
    new Date().toISOString(),
  )
  return { Authorization: `Bearer ${token}` }
}

/** Prepares what a scenario needs, through the API, and in no hurry. */
export class Petrel {
  readonly #origin: URL
  readonly operator: Authorization
  readonly #ops: Authorization

  private constructor(origin: URL, operator: Authorization, ops: Authorization) {
    this.#origin = origin
    this.operator = operator
    this.#ops = ops
  }

  static async at(origin: URL): Promise<Petrel> {
    return new Petrel(origin, await authorize('operator'), await authorize('ops'))
  }

  /** Puts products on sale, at 10.00 USD. */
  async createProducts(skus: readonly string[]): Promise<void> {
    await atOnce(skus, (sku) =>
      this.#post('/v1/products', { sku, name: `Bench ${sku}`, price: usd(1_000) }, this.operator),
    )
  }

  /** Puts more of each SKU on the shelf than any run can sell. */
  async stock(skus: readonly string[]): Promise<void> {
    await atOnce(skus, (sku) => this.#post(`/v1/inventory/${sku}/stock`, { set: 1_000_000 }, this.operator))
  }

  /** How many events a product has. */
  async productVersion(sku: string): Promise<number> {
    const product = await this.#call(`/v1/products/${sku}`, { headers: this.operator })
    return z.object({ version: z.int() }).parse(product).version
  }

  /** Registers a customer who has verified the address. Returns what the customer is known by. */
  async registerBuyer(name: string): Promise<Authorization> {
    const email = `${name}@bench.example`
    const { id } = idSchema.parse(await this.#post('/v1/customers', { email, name }))
    const token = await this.#mailedToken(email)
    const verified = verifiedSchema.parse(await this.#post(`/v1/customers/${id}/verify-email`, { token }))
    return { Authorization: `Bearer ${verified.accessToken}` }
  }

  /** Reads a resource as JSON, as the caller who may. */
  read(path: string, scope: 'operator' | 'ops'): Promise<unknown> {
    return this.#call(path, { headers: scope === 'ops' ? this.#ops : this.operator })
  }

  /** The lines of an object of the lake. */
  async lakeLines(key: string): Promise<string[]> {
    const text = await this.#text(`/v1/ops/lake/${key}`, { headers: this.#ops })
    return text.split('\n').filter((line) => line !== '')
  }

  async #mailedToken(email: string): Promise<string> {
    for (let waited = 0; waited < LOOK_FOR; waited += LOOK_EVERY) {
      const path = `/v1/ops/mailbox?to=${encodeURIComponent(email)}`
      const { data } = mailboxSchema.parse(await this.#call(path, { headers: this.#ops }))
      for (const { variables } of data) if (variables.token) return variables.token
      await pause(LOOK_EVERY)
    }
    throw new Error(`no mail with a token came to ${email} within ${LOOK_FOR / 1_000} s`)
  }

  #post(path: string, body: unknown, authorization?: Authorization): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json', ...authorization }
    return this.#call(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async #call(path: string, init: RequestInit): Promise<unknown> {
    return JSON.parse(await this.#text(path, init))
  }

  async #text(path: string, init: RequestInit): Promise<string> {
    const response = await fetch(new URL(path, this.#origin), init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text}`)
    return text
  }
}

/** An amount of US dollars (cents), as the API takes it. */
export function usd(amount: number): { amount: number; currency: 'USD' } {
  return { amount, currency: 'USD' }
}

/** Names such as `BENCH-3`, so many of them. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}

/** Works on all items, at most sixteen at a time. Returns the results in the order of the items. */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return results
}
