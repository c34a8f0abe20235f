import { z } from 'zod'
import { digitsOf, listedCurrencySchema } from './currencies.ts'

/** The form of an ISO 4217 code: as stored, whether the currency is still listed or not. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/)
export type Currency = z.infer<typeof currencySchema>

/** An amount in minor units, never negative. For stored data and messages between our own parts. */
export const moneySchema = z.strictObject({ amount: z.int().min(0), currency: currencySchema })
export type Money = z.infer<typeof moneySchema>

/**
 * The most minor units in a request and in the total of a basket: 999 times it is still a safe integer, so that
 * arithmetic on accepted amounts cannot overflow.
 */
export const MAX_AMOUNT = 9_000_000_000_000

/** An amount in a request, in minor units of a listed currency. */
export const givenMoneySchema = z.strictObject({
  amount: z.int().min(0).max(MAX_AMOUNT),
  currency: listedCurrencySchema,
})

/** The total of lines in minor units; `null` beyond `MAX_AMOUNT`. */
export function basketTotal(
  lines: readonly { readonly quantity: number; readonly unitPrice: number }[],
): number | null {
  let total = 0n
  for (const { quantity, unitPrice } of lines) total += BigInt(quantity) * BigInt(unitPrice)
  return total <= BigInt(MAX_AMOUNT) ? Number(total) : null
}

/**
 * `part / whole` of an amount in minor units, rounded half to even (IEEE 754 `roundTiesToEven`).
 * Computed in integers, so that binary fractions never decide a cent.
 *
 * @throws RangeError when `whole` is not positive
 */
export function fraction(amount: number, part: number, whole: number): number {
  if (whole <= 0) throw new RangeError('a fraction needs a positive whole')
  return Number(roundedQuotient(BigInt(amount) * BigInt(part), BigInt(whole)))
}

/** A quotient rounded half to even; the denominator is positive. */
export function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator - (numerator % denominator < 0n ? 1n : 0n)
  const twiceRemainder = 2n * (numerator - floor * denominator)
  const roundUp = twiceRemainder > denominator || (twiceRemainder === denominator && floor % 2n !== 0n)
  return roundUp ? floor + 1n : floor
}

/** `percent` of an amount in minor units, half-even; `percent` may carry two decimals (12.25). */
export function percentage(amount: number, percent: number): number {
  return fraction(amount, Math.round(percent * 100), 10_000)
}

/**
 * Splits an amount in minor units over weights by largest remainder, so that the parts always add up
 * to the whole; equal remainders favour the earlier part. If all weights are zero, the first part gets it all.
 *
 * @throws RangeError for a negative amount, or when there is nothing to split over
 */
export function allocate(amount: number, weights: readonly number[]): number[] {
  if (amount < 0) throw new RangeError('only an amount of zero or more can be split')
  if (weights.length === 0) throw new RangeError('an amount needs at least one part to go to')
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) return weights.map((_, index) => (index === 0 ? amount : 0))
  const shares = weights.map((weight, index) => {
    const exact = BigInt(amount) * BigInt(weight)
    return { index, part: Number(exact / total), remainder: exact % total }
  })
  let left = amount - shares.reduce((sum, share) => sum + share.part, 0)
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  for (const share of byRemainder) {
    if (left === 0) break
    share.part += 1
    left -= 1
  }
  return shares.map((share) => share.part)
}

/** An amount for people, with as many decimals as its currency has (ISO 4217): `47.53 USD`, `5000 JPY`. */
export function moneyText({ amount, currency }: Money): string {
  const digits = digitsOf(currency)
  const text = `${Math.abs(amount)}`.padStart(digits + 1, '0')
  const point = text.length - digits
  const decimals = digits > 0 ? `.${text.slice(point)}` : ''
  return `${amount < 0 ? '-' : ''}${text.slice(0, point)}${decimals} ${currency}`
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
