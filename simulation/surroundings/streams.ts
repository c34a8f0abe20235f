/**
 * Streams that compress in the run's own thread: Node's work in others, and end in any order. Nothing is made smaller:
 * what the product stores and reads back is the same, and a run spends its time elsewhere.
 */
class Gathered extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    const chunks: Uint8Array[] = []
    super({
      transform: (chunk) => {
        chunks.push(chunk)
      },
      flush: (controller) => {
        controller.enqueue(Uint8Array.from(Buffer.concat(chunks)))
      },
    })
  }
}

export class SimulatedCompressionStream extends Gathered {}

export class SimulatedDecompressionStream extends Gathered {}

/** A `Blob` whose stream gives its bytes at once: Node reads its own in turns of its event loop. */
export class SimulatedBlob {
  readonly #bytes: Uint8Array

  constructor(parts: readonly (string | Uint8Array)[] = []) {
    this.#bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(Uint8Array.from(this.#bytes))
        controller.close()
      },
    })
  }
}
