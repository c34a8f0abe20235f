import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * What the events of a lake come to, counted one by one, with no SQL: to compare with what analytics says.
 * Amounts in minor units, days in UTC.
 */
export class HandCount {
  readonly #events: readonly CloudEvent[]

  constructor(events: Iterable<CloudEvent>) {
    this.#events = [...new Map([...events].map((event) => [event.id, event])).values()]
  }

  /** Sales and refunds in USD by day; orders that were never a sale give nothing back. */
  revenueByDay(): Map<string, { orders: number; gross: number; refunds: number }> {
    const days = new Map<string, { orders: number; gross: number; refunds: number }>()
    const on = (event: CloudEvent) => {
      const day = event.time.slice(0, 10)
      const figures = days.get(day) ?? { orders: 0, gross: 0, refunds: 0 }
      days.set(day, figures)
      return figures
    }
    const sold = new Set<string>()
    for (const event of this.named('order.OrderConfirmed')) {
      sold.add(event.subject)
      const figures = on(event)
      figures.orders += 1
      figures.gross += amountIn(event, 'total')
    }
    for (const event of this.named('payment.PaymentRefunded'))
      if (sold.has(String(dataOf(event).orderId))) on(event).refunds += amountIn(event, 'amount')
    return days
  }

  /** How many got to each stage. */
  funnel(): Readonly<Record<string, number>> {
    const merged = this.subjects('cart.CartMerged')
    const visits = this.named('catalog.ProductViewed').map((event) => {
      const { customerId, sessionId } = dataOf(event)
      return `${event.time.slice(0, 10)} ${customerId ?? sessionId}`
    })
    return {
      viewed: new Set(visits).size,
      cart: [...this.subjects('cart.ProductAddedToCart')].filter((cart) => !merged.has(cart)).length,
      order: this.subjects('order.OrderCreated').size,
      paid: this.subjects('order.OrderConfirmed').size,
      delivered: this.subjects('order.OrderDelivered').size,
    }
  }

  /** Payments that failed, by code. */
  failuresByCode(): Map<string, number> {
    return tally(this.named('payment.PaymentFailed').map((event) => String(dataOf(event).code)))
  }

  /** Units that reservations lacked, by SKU. */
  unitsRefused(): Map<string, number> {
    const units = new Map<string, number>()
    for (const event of this.named('inventory.InventoryInsufficient')) {
      const { quantity, available } = dataOf(event)
      units.set(event.subject, (units.get(event.subject) ?? 0) + Number(quantity) - Number(available))
    }
    return units
  }

  /** What codes that begin so took off orders that were sold. */
  discountOf(prefix: string): number {
    const sold = this.subjects('order.OrderConfirmed')
    let discount = 0
    for (const event of this.named('order.OrderCreated')) {
      if (!sold.has(event.subject)) continue
      const { pricing } = dataOf(event)
      const { discounts } = Object(pricing)
      for (const { code, amount } of Array.isArray(discounts) ? discounts : [])
        if (String(code).startsWith(prefix)) discount += Number(amount)
    }
    return discount
  }

  /** Deliveries that were handed over, those of them in time, and those that failed for good. */
  deliveries(): { delivered: number; onTime: number; failed: number } {
    const completed = this.named('delivery.DeliveryCompleted')
    return {
      delivered: completed.length,
      onTime: completed.filter((event) => dataOf(event).onTime === true).length,
      failed: this.named('delivery.DeliveryFailed').length,
    }
  }

  /** Customers by the tier of the newest event that tells of one. */
  tiers(): Map<string, number> {
    const erased = this.subjects('customer.CustomerErased')
    const tierOf = new Map(
      [...this.subjects('customer.CustomerRegistered')]
        .filter((customer) => !erased.has(customer))
        .map((customer) => [customer, 'bronze']),
    )
    for (const event of this.named('customer.LoyaltyStatusUpdated'))
      if (tierOf.has(event.subject)) tierOf.set(event.subject, String(dataOf(event).tier))
    return tally(tierOf.values())
  }

  /** Customers who bought at all. */
  buyers(): number {
    return new Set(this.named('order.OrderConfirmed').map((event) => dataOf(event).customerId)).size
  }

  /** Events of a type, in the order of their logs. */
  private named(type: string): CloudEvent[] {
    return this.#events
      .filter((event) => event.type === type)
      .sort((one, other) => (eventVersion(one) ?? 0) - (eventVersion(other) ?? 0))
  }

  private subjects(type: string): Set<string> {
    return new Set(this.named(type).map(({ subject }) => subject))
  }
}

function dataOf({ data }: CloudEvent): Data {
  return Object(data)
}

function amountIn(event: CloudEvent, field: string): number {
  return Number(Object(dataOf(event)[field]).amount)
}

function tally(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
