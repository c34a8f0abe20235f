import { z } from 'zod'
import { listPriceIn, type ShopCurrencies } from '../core/money/exchange.ts'
import type { Currency } from '../core/money/money.ts'
import type { Instant } from '../core/time.ts'
import type { ShippingQuote } from './events.ts'
import {
  type Destination,
  deliveryRoutingPolicy,
  type ShippingService,
  shippingServices,
} from './policies.ts'

/** The services that may be asked for when ordering. */
export const shippingServiceSchema = z.enum(shippingServices)

/** What a quote depends on; a whole address may be given for `address`. */
export interface ShippingRequest {
  readonly address: Destination
  readonly weightGrams: number
  readonly currency: Currency
  /** Whose rates convert listed prices to that currency. */
  readonly shop: ShopCurrencies
  readonly now: Instant
  /** Missing: whatever is cheapest. */
  readonly service?: ShippingService | undefined
  /** The latest promise (UTC) that will do. */
  readonly neededBy?: Instant | undefined
}

/**
 * What sending an order costs (minor units of its currency) and when it is promised to arrive (UTC);
 * `null` when no carrier takes the parcel there as asked.
 */
export function shippingQuote(request: ShippingRequest): ShippingQuote | null {
  const { address, currency, shop, ...rest } = request
  const decision = deliveryRoutingPolicy({
    destination: address,
    ...rest,
    priceOf: (hundredths) => listPriceIn(hundredths, currency, shop),
  })
  if (!decision.route) return null
  const { carrier, service, zone, price, promisedFrom, promisedTo } = decision.route
  return {
    carrier,
    service,
    zone,
    price: { amount: price, currency },
    promisedFrom,
    promisedTo,
    decisions: [...decision.decisions],
  }
}
