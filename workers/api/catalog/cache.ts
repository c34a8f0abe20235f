import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { SECOND } from '../../../shared/core/time.ts'

/** Maximum age of the facts in a cart quote. A checkout reads the product itself and reports a changed price. */
const FACTS_TTL_MS = 5 * SECOND
const MAX_PRODUCTS = 1_000

interface Entry {
  readonly facts: ProductFacts
  /** The platform's time (Unix ms): advancing the development clock expires nothing. */
  readonly until: number
}

/**
 * Caches product facts in an isolate, to quote carts without calling the product's object each time. A change made
 * through this isolate is visible at once, one made elsewhere within `FACTS_TTL_MS`.
 */
export class CatalogCache {
  readonly #entries = new Map<string, Entry>()
  /** The change count at the last change of each SKU, to detect a change during a read. */
  readonly #changed = new Map<string, number>()
  #changes = 0
  /** The change count when `#changed` was cleared: older changes are unknown. */
  #forgotten = 0

  /** The facts of a product, read if there is no fresh entry. A missing product is not cached. */
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

  /** The change count; read it before a read whose result is passed to `keep`. */
  get changes(): number {
    return this.#changes
  }

  /** Caches facts, except of products that may have changed since the read. Returns how many were cached. */
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

  /** Invalidates a product after a command that was, or may have been, carried out. */
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

/** The cache of this isolate. */
export const catalogCache = new CatalogCache()
