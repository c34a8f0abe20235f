import { currencyDigits, digitsOf } from '../../core/money/currencies.ts'
import { type Currency, MAX_AMOUNT, type Money } from '../../core/money/money.ts'
import type { ChargeRule } from '../payment-gateway.ts'

// Source: https://docs.stripe.com/currencies, as of November 2026. If Stripe has changed a rule and refuses an amount
// that passes here, the charge fails.

/**
 * Stripe's decimals where they differ from ISO 4217 (`special cases`, `zero-decimal`). HUF and TWD are whole only in
 * payouts, which Petrel does not make.
 */
const stripeDigits: ReadonlyMap<Currency, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
])

/** Currencies of three decimals, in which the card networks accept multiples of ten. */
const countedInTens = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/** Listed by ISO 4217 but not by Stripe: under sanctions, without card payments, or units of account. */
const notTaken = new Set(
  [
    'BOV BTN CHE CHW CLF COU CUP ERN IQD IRR KPW LYD MRU MXV SDG SSP SVC SYP TMT USN UYI UYW VED VES XAD',
    'ZWG',
  ].flatMap((line) => line.split(' ')),
)

/**
 * The least that can be charged, in Stripe's units: of the currencies that a bank account may have, for an
 * account in that currency. For others Stripe requires the equivalent in the account's currency, which is unknown here.
 */
const minimum: ReadonlyMap<Currency, number> = new Map([
  ...['USD', 'AUD', 'BRL', 'CAD', 'CHF', 'EUR', 'INR', 'JPY', 'NZD', 'SGD'].map(
    (code) => [code, 50] as const,
  ),
  ...['AED', 'MYR', 'PLN', 'RON'].map((code) => [code, 200] as const),
  ...['NOK', 'SEK'].map((code) => [code, 300] as const),
  ...['MXN', 'THB'].map((code) => [code, 1_000] as const),
  ['CZK', 1_500],
  ['DKK', 250],
  ['GBP', 30],
  ['HKD', 400],
  ['HUF', 17_500],
])

/** The most that can be charged, in Stripe's units: eight digits, but for these. */
const maximum: ReadonlyMap<Currency, number> = new Map([
  ['COP', 999_999_999_990],
  ['HUF', 999_999_999_900],
  ['IDR', 999_999_999_999],
  ['INR', 999_999_999],
  ['JPY', 9_999_999_999],
  ['LBP', 99_999_999_999_900],
])
const MAX_CENTS = 99_999_999

/** What Stripe can charge in a currency, in minor units; `null` for an unsupported currency. */
export function stripeChargeRule(currency: Currency): ChargeRule | null {
  if (!currencyDigits.has(currency) || notTaken.has(currency)) return null
  const { finer, coarser } = scaleOf(currency)
  const step = countedInTens.has(currency) ? 10 : coarser
  const inMinorUnits = (units: number) => Math.floor(units / finer) * coarser
  const least = Math.ceil((minimum.get(currency) ?? 1) / finer) * coarser
  const most = inMinorUnits(maximum.get(currency) ?? MAX_CENTS)
  return {
    minimum: Math.max(least, step),
    // The last multiple of the step: no amount above it could be charged either.
    maximum: Math.floor(Math.min(most, MAX_AMOUNT) / step) * step,
    step,
  }
}

/** An amount in Stripe's units; only for one that `isCountable`. */
export function stripeAmount({ amount, currency }: Money): { amount: string; currency: string } {
  const { finer, coarser } = scaleOf(currency)
  return { amount: `${(amount * finer) / coarser}`, currency: currency.toLowerCase() }
}

/** Whether an amount is whole in Stripe's units; unlike a charge, a refund has no minimum. */
export function isCountable({ amount, currency }: Money): boolean {
  return amount % (stripeChargeRule(currency)?.step ?? 1) === 0
}

/** An amount in Stripe's units as minor units. */
export function moneyOf(amount: number, currency: string): Money {
  const upper = currency.toUpperCase()
  const { finer, coarser } = scaleOf(upper)
  return { amount: Math.round((amount * coarser) / finer), currency: upper }
}

/** How many of Stripe's units are one minor unit, or how many minor units one of Stripe's: one of the two is 1. */
function scaleOf(currency: Currency): { finer: number; coarser: number } {
  const difference = (stripeDigits.get(currency) ?? digitsOf(currency)) - digitsOf(currency)
  return { finer: 10 ** Math.max(0, difference), coarser: 10 ** Math.max(0, -difference) }
}
