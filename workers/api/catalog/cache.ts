import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { SECOND } from '../../../shared/core/time.ts'

/** How old what a cart is quoted from may be (ms); a checkout reads it anew, and tells a price that changed. */
const FACTS_TTL_MS = 5 * SECOND
/** An isolate keeps so many products at most. */
const MAX_PRODUCTS = 1_000

interface Entry {
  readonly facts: ProductFacts
  /** Unix ms of the platform: a development clock that is moved ahead makes nothing older. */
  readonly until: number
}

/**
 * What an isolate knows of products, to quote carts from without asking their objects each time. A change
 * that comes through this isolate holds at once, one made elsewhere within `FACTS_TTL_MS`.
 */
export class CatalogCache {
  readonly #entries = new Map<string, Entry>()
  /** SKUs that changed while something was being read, by how many changes there had been. */
  readonly #changed = new Map<string, number>()
  #changes = 0
  /** Up to here it is no longer known which SKUs changed. */
  #forgotten = 0

  /** What is known of a product, read only where nothing fresh is; what does not exist is not remembered. */
  async factsOf(
    sku: string,
    read: (sku: string) => Promise<ProductFacts | null>,
  ): Promise<ProductFacts | null> {
    const known = this.#entries.get(sku)
    if (known && known.until > Date.now()) return known.facts
    const before = this.#changes
    const facts = await read(sku)
    if (facts) this.keep([facts], before)
    return facts
  }

  /** How many changes this isolate has made: to be asked for before a read whose result is then kept. */
  get changes(): number {
    return this.#changes
  }

  /** Keeps what was read, but nothing that may have changed since. Returns how many products that were. */
  keep(products: readonly ProductFacts[], changesBefore: number): number {
    const until = Date.now() + FACTS_TTL_MS
    const unchanged = products.filter(
      ({ sku }) => (this.#changed.get(sku) ?? this.#forgotten) <= changesBefore,
    )
    for (const facts of unchanged) {
      if (this.#entries.size >= MAX_PRODUCTS) this.#entries.clear()
      this.#entries.set(facts.sku, { facts, until })
    }
    return unchanged.length
  }

  /** To be called when a command on a product has been carried out, or may have been. */
  forget(sku: string): void {
    this.#changes += 1
    this.#entries.delete(sku)
    if (this.#changed.size >= MAX_PRODUCTS) {
      this.#changed.clear()
      this.#forgotten = this.#changes
    }
    this.#changed.set(sku, this.#changes)
  }
}

/** The products that this isolate knows. */
export const catalogCache = new CatalogCache()
