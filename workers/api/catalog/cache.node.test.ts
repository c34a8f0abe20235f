import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { CatalogCache } from './cache.ts'

const START = Date.parse('2026-03-01T12:00:00.000Z')

function mugAt(amount: number, sku = 'MUG'): ProductFacts {
  return { sku, name: 'Mug', price: { amount, currency: 'USD' }, weightGrams: 0, onSale: true }
}

/** A cache over a catalog that counts its reads. */
function shop() {
  const cache = new CatalogCache()
  const catalog = { price: 1_000, reads: 0 }
  const read = async (sku: string) => {
    catalog.reads += 1
    return sku === 'NONE' ? null : mugAt(catalog.price, sku)
  }
  return { cache, catalog, priceOf: async (sku = 'MUG') => (await cache.factsOf(sku, read))?.price.amount }
}

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['Date'] })
  return () => vi.useRealTimers()
})

describe('the cached products of an isolate', () => {
  it('are read once in five seconds', async () => {
    const { catalog, priceOf } = shop()
    expect(await priceOf()).toBe(1_000)
    catalog.price = 2_000
    vi.setSystemTime(START + 4_999)
    expect(await priceOf()).toBe(1_000)
    vi.setSystemTime(START + 5_000)
    expect(await priceOf()).toBe(2_000)
    expect(catalog.reads).toBe(2)
  })
  it('follow a change of their own isolate at once', async () => {
    const { cache, catalog, priceOf } = shop()
    await priceOf()
    catalog.price = 2_000
    cache.forget('MUG')
    expect(await priceOf()).toBe(2_000)
  })
  it('are read again if there was none', async () => {
    const { catalog, priceOf } = shop()
    expect(await priceOf('NONE')).toBeUndefined()
    expect(await priceOf('NONE')).toBeUndefined()
    expect(catalog.reads).toBe(2)
  })
  it('are not replaced by an older read that finishes after a change', async () => {
    const { cache, priceOf } = shop()
    const late = cache.factsOf('MUG', async () => {
      const facts = mugAt(500)
      cache.forget('MUG')
      return facts
    })
    // The reader gets its result; it is not cached for later ones.
    expect((await late)?.price.amount).toBe(500)
    expect(await priceOf()).toBe(1_000)
  })
  it('can be preloaded, except those that changed meanwhile', async () => {
    const { cache, catalog, priceOf } = shop()
    const before = cache.changes
    cache.forget('CUP')
    expect(cache.keep([mugAt(700), mugAt(800, 'CUP')], before)).toBe(1)
    expect([await priceOf('MUG'), await priceOf('CUP')]).toEqual([700, 1_000])
    expect(catalog.reads).toBe(1)
  })
  it('are bounded, and so are the recorded changes', async () => {
    const { cache, priceOf } = shop()
    const before = cache.changes
    for (let n = 0; n <= 1_000; n += 1) cache.forget(`SKU-${n}`)
    // The oldest change is no longer recorded by name, but still respected.
    expect(cache.keep([mugAt(700, 'SKU-0')], before)).toBe(0)
    const many = Array.from({ length: 1_001 }, (_, n) => mugAt(700, `P-${n}`))
    cache.keep(many, cache.changes)
    expect([await priceOf('P-0'), await priceOf('P-1000')]).toEqual([1_000, 700])
  })
})
