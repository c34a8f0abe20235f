import { describe, expect, it } from 'vitest'
import { PortError } from '../../shared/ports/port-error.ts'
import { currencyConfiguration, shopCurrencies } from './currencies.ts'

const rates = (declared: object, asOf: unknown = '2026-11-01') => JSON.stringify({ asOf, rates: declared })

describe('the shop’s currencies', () => {
  it.each([
    [{}, { base: 'USD', rates: {} }],
    [
      { BASE_CURRENCY: '', EXCHANGE_RATES: '' },
      { base: 'USD', rates: {} },
    ],
    [{ BASE_CURRENCY: 'EUR' }, { base: 'EUR', rates: {} }],
    [
      { EXCHANGE_RATES: rates({ EUR: '1.08', JPY: '0.0065' }) },
      { base: 'USD', asOf: '2026-11-01', rates: { EUR: '1.08', JPY: '0.0065' } },
    ],
    [{ EXCHANGE_RATES: rates({}) }, { base: 'USD', asOf: '2026-11-01', rates: {} }],
  ])('%j are %j', (settings, currencies) => {
    expect(shopCurrencies(settings)).toEqual(currencies)
  })
  it.each([
    ['BASE_CURRENCY', { BASE_CURRENCY: 'ZZZ' }],
    ['BASE_CURRENCY', { BASE_CURRENCY: 'usd' }],
    ['BASE_CURRENCY', { BASE_CURRENCY: 'BGN' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: 'EUR=1.08' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: '[]' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: '{"rates": {"EUR": "1.08"}}' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ EUR: 1.08 }) }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ EUR: '0' }) }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ EUR: '-1' }) }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ ZZZ: '1' }) }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ USD: '2' }) }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ EUR: '1.08' }, '2026-02-30') }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: rates({ EUR: '1.08' }, '2026-11-01T00:00:00Z') }],
  ])('cannot be read from %s in %j: never silently USD', (setting, settings) => {
    const configuration = currencyConfiguration(settings)
    expect(configuration).toMatchObject({ ok: false, setting, detail: expect.stringContaining(setting) })
    expect(() => shopCurrencies(settings)).toThrow(PortError)
  })
})
