/** The products of the shop: few, so that customers compete for them. */
export const skus = { hot: 'HOT', pair: 'PAIR', dear: 'DEAR', euro: 'EURO' } as const
export const skuNames = [skus.hot, skus.pair, skus.dear, skus.euro] as const

/** The promotion codes of the shop. `welcome` stands for the code in the welcome mail of a customer. */
export const codes = { two: 'TWO-USES', each: 'ONCE-EACH', solo: 'STANDS-ALONE', welcome: 'welcome' } as const

/** What clients know of each other's doings: what a shop's staff can see. */
export class Shop {
  /** Unix ms; the times of a plan count from here. */
  openedAt = 0
  /** Ids of orders in the order in which their clients learnt them. */
  readonly orders: string[] = []
  /** Ids of customers in the order in which they were registered. */
  readonly customers: string[] = []

  /** One of the orders so far, by a number that was drawn when the plan was made. */
  order(pick: number): string | undefined {
    return picked(this.orders, pick)
  }

  customer(pick: number): string | undefined {
    return picked(this.customers, pick)
  }

  addOrder(id: string): void {
    if (!this.orders.includes(id)) this.orders.push(id)
  }
}

function picked(list: readonly string[], pick: number): string | undefined {
  return list[pick % list.length]
}
