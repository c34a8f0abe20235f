/**
 * A seeded generator of pseudo-random numbers (sfc32, public domain, from PractRand). Each part of a run draws from a
 * generator of its own, forked by name: a part that is left out does not change what the others draw, so that a failing
 * run can be made shorter.
 */
export class Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string | number) {
    this.#seed = String(seed)
    const hash = hashOf(this.#seed)
    this.#a = hash
    this.#b = Math.imul(hash ^ 0x9e3779b9, 0x85ebca6b) >>> 0
    this.#c = Math.imul(hash ^ 0xc2b2ae35, 0x27d4eb2f) >>> 0
    for (let round = 0; round < 12; round += 1) this.#next()
  }

  /** A generator that depends on this one's seed and a name alone, not on what has been drawn. */
  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`)
  }

  /** A number from 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.#next() / 0x1_0000_0000
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** @throws RangeError for an empty list */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)]
    if (item === undefined) throw new RangeError('there is nothing to pick from')
    return item
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items]
    const result: Item[] = []
    while (left.length > 0) result.push(...left.splice(this.between(0, left.length - 1), 1))
    return result
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.between(0, 255))
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0
    return sum
  }
}

/** FNV-1a, 32 bits, with a final mix (MurmurHash3). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
