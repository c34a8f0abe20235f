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

/** The services that an order may request. */
export const shippingServiceSchema = z.enum(shippingServices)

/** The inputs of a quote; `address` may be a complete address. */
interface ShippingRequest {
  readonly address: Destination
  readonly weightGrams: number
  readonly currency: Currency
  /** The rates that convert listed prices to that currency. */
  readonly shop: ShopCurrencies
  readonly now: Instant
  /** Missing: the cheapest. */
  readonly service?: ShippingService | undefined
  /** The latest acceptable promise (UTC). */
  readonly neededBy?: Instant | undefined
}

/**
 * The shipping price of an order (minor units of its currency) and its promised window (UTC);
 * `null` when no carrier serves the request.
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
