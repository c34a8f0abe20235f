import { Buffer } from 'node:buffer'

/** Writes primitive types of Kafka's protocol (kafka.apache.org/protocol#protocol_types), one after the other. */
export class Writer {
  readonly #parts: Buffer[] = []

  int8(value: number): this {
    return this.raw(Buffer.from([value & 0xff]))
  }

  int16(value: number): this {
    const part = Buffer.allocUnsafe(2)
    part.writeInt16BE(value)
    return this.raw(part)
  }

  int32(value: number): this {
    const part = Buffer.allocUnsafe(4)
    part.writeInt32BE(value)
    return this.raw(part)
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const text = Buffer.from(value)
    return this.int16(text.length).raw(text)
  }

  bytes(value: Buffer): this {
    return this.int32(value.length).raw(value)
  }

  array<Item>(items: readonly Item[], write: (writer: Writer, item: Item) => void): this {
    this.int32(items.length)
    for (const item of items) write(this, item)
    return this
  }

  /** Bytes without a length in front. */
  raw(part: Buffer): this {
    this.#parts.push(part)
    return this
  }

  /** Everything written, as one frame: with its length in front. */
  frame(): Buffer {
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(this.#parts.reduce((sum, part) => sum + part.length, 0))
    return Buffer.concat([length, ...this.#parts])
  }
}

/** Reads what `Writer` writes. Throws `RangeError` where there is less than expected. */
export class Reader {
  readonly #buffer: Buffer
  #position = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  boolean(): boolean {
    return this.#buffer.readInt8(this.#skip(1)) !== 0
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#skip(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#skip(4))
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#skip(8))
  }

  /** A string that may be null. */
  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#slice(length).toString()
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  bytes(): Buffer {
    return this.#slice(Math.max(0, this.int32()))
  }

  array<Item>(read: (reader: Reader) => Item): Item[] {
    const length = Math.max(0, this.int32())
    // Each item has a byte at least: a wrong length does not make an array that fills the memory.
    if (length > this.#buffer.length - this.#position)
      throw new RangeError('an array is longer than its frame')
    return Array.from({ length }, () => read(this))
  }

  #slice(length: number): Buffer {
    const start = this.#skip(length)
    return this.#buffer.subarray(start, start + length)
  }

  #skip(length: number): number {
    const start = this.#position
    if (start + length > this.#buffer.length) throw new RangeError('a frame ends early')
    this.#position += length
    return start
  }
}
