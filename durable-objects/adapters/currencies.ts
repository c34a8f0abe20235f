import { z } from 'zod'
import { listedCurrencySchema } from '../../shared/core/money/currencies.ts'
import { rateSchema, type ShopCurrencies } from '../../shared/core/money/exchange.ts'
import type { Env } from '../env.ts'
import { notConfigured } from './configuration.ts'

export type CurrencySetting = 'BASE_CURRENCY' | 'EXCHANGE_RATES'
type CurrencySettings = Partial<Pick<Env, CurrencySetting>>

/** The currencies that the two settings declare, or which setting is invalid. `detail` holds no setting's value. */
type CurrencyConfiguration =
  | { readonly ok: true; readonly currencies: ShopCurrencies }
  | {
      readonly ok: false
      readonly setting: CurrencySetting
      readonly detail: string
    }

const ratesSchema = z.strictObject({
  asOf: z.iso.date(),
  rates: z.partialRecord(listedCurrencySchema, rateSchema),
})

let cached: { readonly from: string; readonly configuration: CurrencyConfiguration } | null = null

/** The shop's currencies as the settings declare them; the default is USD without rates. */
export function currencyConfiguration(env: CurrencySettings): CurrencyConfiguration {
  const from = JSON.stringify([env.BASE_CURRENCY, env.EXCHANGE_RATES])
  if (cached?.from !== from) cached = { from, configuration: read(env) }
  return cached.configuration
}

/**
 * The shop's currencies, for immediate use.
 *
 * @throws PortError `unavailable`, `not_configured` for a setting that cannot be read: never silently USD
 */
export function shopCurrencies(env: CurrencySettings): ShopCurrencies {
  const configuration = currencyConfiguration(env)
  if (!configuration.ok) throw notConfigured(configuration.detail)
  return configuration.currencies
}

function read({ BASE_CURRENCY, EXCHANGE_RATES }: CurrencySettings): CurrencyConfiguration {
  const base = listedCurrencySchema.safeParse(BASE_CURRENCY || 'USD')
  if (!base.success)
    return { ok: false, setting: 'BASE_CURRENCY', detail: 'BASE_CURRENCY has to be a code of ISO 4217.' }
  if (!EXCHANGE_RATES) return { ok: true, currencies: { base: base.data, rates: {} } }
  const declared = ratesSchema.safeParse(jsonOf(EXCHANGE_RATES))
  if (!declared.success)
    return {
      ok: false,
      setting: 'EXCHANGE_RATES',
      detail: 'EXCHANGE_RATES has to be JSON like {"asOf": "2026-11-01", "rates": {"EUR": "1.08"}}.',
    }
  const { asOf, rates } = declared.data
  if (Object.hasOwn(rates, base.data))
    return {
      ok: false,
      setting: 'EXCHANGE_RATES',
      detail: 'EXCHANGE_RATES has no rate for the base currency itself.',
    }
  return { ok: true, currencies: { base: base.data, asOf, rates } }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
