import type { Bank } from './bank.ts'

/** The products of the shop: few, so that customers compete for them. */
export const skus = { hot: 'HOT', pair: 'PAIR', dear: 'DEAR', euro: 'EURO' } as const
export const skuNames = [skus.hot, skus.pair, skus.dear, skus.euro] as const

/**
 * The promotion codes of the shop. `welcome` stands for the code in the welcome mail of a customer; `later` is created
 * while the shop is open.
 */
export const codes = {
  two: 'TWO-USES',
  each: 'ONCE-EACH',
  solo: 'STANDS-ALONE',
  welcome: 'welcome',
  later: 'LATER-ON',
} as const

/** What clients know of each other's doings: what a shop's staff can see. */
export class Shop {
  /** Unix ms; the times of a plan count from here. */
  openedAt = 0
  /** `null` for a gateway at which nothing happens by itself. */
  readonly bank: Bank | null
  /** Orders in the order in which their clients learnt of them, with the status that was seen last. */
  readonly #orders = new Map<string, string>()
  /** Ids of customers in the order in which they were registered. */
  readonly customers: string[] = []

  constructor(bank: Bank | null) {
    this.bank = bank
  }

  /**
   * One of the orders so far, by a number that was drawn when the plan was made: one that is not known to be cancelled,
   * if there is any.
   */
  order(pick: number): string | undefined {
    const ids = [...this.#orders.keys()]
    const standing = ids.filter((id) => this.#orders.get(id) !== 'cancelled')
    return picked(standing.length > 0 ? standing : ids, pick)
  }

  customer(pick: number): string | undefined {
    return picked(this.customers, pick)
  }

  /** Remembers an order as it was seen. */
  seeOrder({ id, status }: { readonly id: string; readonly status: string }): void {
    this.#orders.set(id, status)
  }
}

function picked(list: readonly string[], pick: number): string | undefined {
  return list[pick % list.length]
}
