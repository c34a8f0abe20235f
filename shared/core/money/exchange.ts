import { z } from 'zod'
import { digitsOf } from './currencies.ts'
import { type Currency, currencySchema, type Money, roundedQuotient } from './money.ts'

/** A rate as decimal text, above zero: binary fractions would decide cents. */
export const rateSchema = z
  .string()
  .regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,12})?$/, 'must be a decimal number above zero, as text')

/** The rate of a currency in the shop's base currency, and its day. */
export const exchangeSchema = z.object({
  base: currencySchema,
  /** Units (not minor units) of the base currency for one unit of the currency. */
  rate: rateSchema,
  /** The calendar day of the rate (UTC), `YYYY-MM-DD`. */
  asOf: z.iso.date(),
})
export type Exchange = z.infer<typeof exchangeSchema>

/** The shop's base currency and the declared rates of others, all of one day. */
export interface ShopCurrencies {
  readonly base: Currency
  /** Missing where no rate is declared. */
  readonly asOf?: string | undefined
  /** Decimal text by currency. */
  readonly rates: Readonly<Partial<Record<Currency, string>>>
}

/**
 * How amounts of a currency count: `undefined` for the base currency itself, `null` for one without a rate.
 * An order stores the value of the time when it was made.
 */
export type Counting = Exchange | null | undefined

export function countingOf({ base, asOf, rates }: ShopCurrencies, currency: Currency): Counting {
  if (currency === base) return undefined
  const rate = Object.hasOwn(rates, currency) ? rates[currency] : undefined
  return rate === undefined || asOf === undefined ? null : { base, rate, asOf }
}

/**
 * How an amount counts by its order; by today's rates if the order recorded nothing, or recorded it for a former
 * base currency of the shop.
 */
export function countingAsNoted(noted: Counting, shop: ShopCurrencies, currency: Currency): Counting {
  if (currency === shop.base) return undefined
  if (noted === null || noted?.base === shop.base) return noted
  return countingOf(shop, currency)
}

/**
 * An amount in minor units of the base currency, rounded half to even; `null` without a rate. Capped at the largest
 * safe integer, so that every limit still holds.
 */
export function toBase({ amount, currency }: Money, counting: Counting): number | null {
  if (!counting) return counting === undefined ? amount : null
  const { numerator, denominator } = ratio(currency, counting)
  return bounded(roundedQuotient(BigInt(amount) * numerator, denominator))
}

/** Minor units of the base currency as minor units of another; `null` without a rate. Rounded as `toBase`. */
export function fromBase(amount: number, currency: Currency, counting: Counting): number | null {
  if (!counting) return counting === undefined ? amount : null
  const { numerator, denominator } = ratio(currency, counting)
  return bounded(roundedQuotient(BigInt(amount) * denominator, numerator))
}

/** An amount in the base currency, or, without a rate, in its own. */
export function measured(money: Money, counting: Counting): Money {
  const amount = toBase(money, counting)
  return amount === null || !counting ? money : { amount, currency: counting.base }
}

/**
 * A limit in hundredths of a unit (50_000 is 500.00) as minor units of a currency. An amount without a rate has the
 * same limit in units of its own currency: limits hold without rates.
 */
export function limitIn(hundredths: number, currency: Currency): number {
  return Number((BigInt(hundredths) * 10n ** BigInt(digitsOf(currency))) / 100n)
}

/**
 * A list price in hundredths of a unit of the base currency (1_500 is 15.00) as minor units of another currency.
 * Without a rate it is the same number of units.
 */
export function listPriceIn(hundredths: number, currency: Currency, shop: ShopCurrencies): number {
  const price = fromBase(limitIn(hundredths, shop.base), currency, countingOf(shop, currency))
  return price ?? limitIn(hundredths, currency)
}

/** Whether an amount is above a limit (hundredths of a unit of the base currency). */
export function exceeds(money: Money, limit: number, counting: Counting): boolean {
  const { amount, currency } = measured(money, counting)
  return amount > limitIn(limit, currency)
}

/** How an amount was counted, for the inputs of a decision. Empty for the base currency. */
export function explainCounting({ amount, currency }: Money, counting: Counting): Record<string, unknown> {
  if (counting === undefined) return {}
  if (counting === null) return { counted: { amount, currency, rate: null } }
  const { base, rate, asOf } = counting
  return { counted: { amount, currency, base, rate, asOf, inBase: toBase({ amount, currency }, counting) } }
}

/** Minor units of the base currency for one minor unit of another, as a fraction of integers. */
function ratio(currency: Currency, { base, rate }: Exchange): { numerator: bigint; denominator: bigint } {
  const [whole = '', decimals = ''] = rate.split('.')
  return {
    numerator: BigInt(whole + decimals) * 10n ** BigInt(digitsOf(base)),
    denominator: 10n ** BigInt(decimals.length + digitsOf(currency)),
  }
}

function bounded(amount: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER)
  return Number(amount < most ? amount : most)
}
