import { gunzipSync, gzipSync } from 'node:zlib'

/** A stream that gathers all that is written and passes it on, converted, when it ends: Node's own work in threads. */
class Converted extends TransformStream<Uint8Array, Uint8Array> {
  constructor(convert: (bytes: Uint8Array) => Uint8Array) {
    const chunks: Uint8Array[] = []
    super({
      transform: (chunk) => {
        chunks.push(Uint8Array.from(chunk))
      },
      flush: (controller) => {
        controller.enqueue(Uint8Array.from(convert(Buffer.concat(chunks))))
      },
    })
  }
}

export class SimulatedCompressionStream extends Converted {
  constructor() {
    super((bytes) => gzipSync(bytes, { level: 1 }))
  }
}

export class SimulatedDecompressionStream extends Converted {
  constructor() {
    super((bytes) => gunzipSync(bytes))
  }
}
