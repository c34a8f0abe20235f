import type { Outside } from '../world.ts'
import { type Secrets, signToken } from './secrets.ts'
import type { Shop } from './shop.ts'

/** A customer as they know themselves. */
export interface Person {
  readonly number: number
  readonly id: string
  readonly email: string
  /** Missing before the address is verified. */
  token?: string
}

/** Who acts in a story, and what they have learnt in it. */
export class Actor {
  readonly name: string
  readonly outside: Outside
  readonly shop: Shop
  readonly #secrets: Secrets

  person: Person | undefined
  cartId: string | undefined
  guestCartId: string | undefined
  disputeId: string | null = null
  /** Ids of the actor's orders, oldest first. */
  readonly orders: string[] = []
  #step = ''
  #requests = 0
  readonly #later: { readonly at: number; readonly run: () => Promise<void> }[] = []

  constructor(name: string, outside: Outside, shop: Shop, secrets: Secrets) {
    this.name = name
    this.outside = outside
    this.shop = shop
    this.#secrets = secrets
  }

  /** Begins a step: requests and idempotency keys are named after it. */
  begin(step: string): void {
    this.#step = step
    this.#requests = 0
  }

  /** The name of the present step, as in `Exchange.by`. */
  get by(): string {
    return `${this.name}/${this.#step}`
  }

  /** An idempotency key that no other request has. */
  nextKey(): string {
    this.#requests += 1
    return `${this.by}/${this.#requests}`
  }

  /** Has something done some time from now, once the story has ended. */
  later(milliseconds: number, run: () => Promise<void>): void {
    this.#later.push({ at: this.outside.now() + milliseconds, run })
  }

  /** Does what was left for later. */
  async finish(): Promise<void> {
    for (const { at, run } of this.#later) {
      await this.wait(at - this.outside.now())
      await run()
    }
  }

  /** A token of the shop's staff. */
  staffToken(scope: 'operator' | 'ops'): string {
    return signToken(this.#secrets.jwt, scope, `staff-${this.name}`, this.outside.now())
  }

  get carrierWebhookSecret(): string {
    return this.#secrets.carrierWebhook
  }

  /** The actor's newest order for a negative number, otherwise one of the shop's. */
  order(pick: number): string | undefined {
    return pick < 0 ? this.orders.at(-1) : this.shop.order(pick)
  }

  /** Remembers an order that the actor has placed. */
  addOrder(order: { readonly id: string; readonly status: string }): void {
    if (!this.orders.includes(order.id)) this.orders.push(order.id)
    this.shop.seeOrder(order)
  }

  async wait(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await this.outside.wait(milliseconds)
  }

  /** The address from which the actor's requests come; some share one, as in an office. */
  get address(): string {
    const sum = [...this.name].reduce((total, letter) => total * 31 + letter.charCodeAt(0), 7) % 200
    return `203.0.113.${sum + 1}`
  }
}
