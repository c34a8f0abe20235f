import { createHash, createHmac, timingSafeEqual, webcrypto } from 'node:crypto'

type Bytes = ArrayBuffer | ArrayBufferView
type Algorithm = string | { readonly name: string; readonly hash?: string | { readonly name: string } }

/** A key for HMAC, whose bytes are at hand. */
class HmacKey {
  readonly type = 'secret'
  readonly extractable = false
  readonly algorithm: {
    readonly name: 'HMAC'
    readonly hash: { readonly name: string }
    readonly length: number
  }
  readonly usages: readonly string[]
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, hash: string, usages: readonly string[]) {
    this.bytes = bytes
    this.algorithm = { name: 'HMAC', hash: { name: hash }, length: bytes.byteLength * 8 }
    this.usages = usages
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey'
  }
}

/**
 * WebCrypto. Digests and HMAC, which a run needs often, are computed at once. The rest is Node's own, which works in
 * other threads: `external` has the run wait for it.
 */
export function subtleCrypto(external: (start: () => Promise<unknown>) => Promise<unknown>) {
  const own: Record<string, (...args: never[]) => unknown> = {
    digest: async (algorithm: Algorithm, data: Bytes) =>
      bufferOf(createHash(hashNameOf(algorithm)).update(bytesOf(data)).digest()),
    importKey: async (
      format: string,
      data: Bytes,
      algorithm: Algorithm,
      extractable: boolean,
      usages: string[],
    ) =>
      format === 'raw' && typeof algorithm === 'object' && algorithm.name === 'HMAC'
        ? new HmacKey(Uint8Array.from(bytesOf(data)), nameOf(algorithm.hash ?? 'SHA-256'), usages)
        : external(() =>
            webcrypto.subtle.importKey(format as 'raw', data, algorithm, extractable, usages as KeyUsage[]),
          ),
    sign: async (algorithm: Algorithm, key: HmacKey | CryptoKey, data: Bytes) =>
      key instanceof HmacKey
        ? bufferOf(macOf(key, data))
        : external(() => webcrypto.subtle.sign(algorithm, key, data)),
    verify: async (algorithm: Algorithm, key: HmacKey | CryptoKey, signature: Bytes, data: Bytes) => {
      if (!(key instanceof HmacKey))
        return external(() => webcrypto.subtle.verify(algorithm, key, signature, data))
      const mac = macOf(key, data)
      const given = bytesOf(signature)
      return mac.byteLength === given.byteLength && timingSafeEqual(mac, given)
    },
  }
  return new Proxy(webcrypto.subtle, {
    get: (target, name) => {
      if (typeof name === 'string' && own[name]) return own[name]
      const operation: unknown = Reflect.get(target, name)
      return typeof operation === 'function'
        ? (...args: unknown[]) => external(() => Reflect.apply(operation, target, args))
        : operation
    },
  })
}

type KeyUsage = Parameters<typeof webcrypto.subtle.importKey>[4][number]
type CryptoKey = Parameters<typeof webcrypto.subtle.sign>[1]

function macOf({ bytes, algorithm }: HmacKey, data: Bytes): Uint8Array {
  return createHmac(hashNameOf(algorithm.hash), bytes).update(bytesOf(data)).digest()
}

function nameOf(algorithm: Algorithm): string {
  return typeof algorithm === 'string' ? algorithm : algorithm.name
}

function hashNameOf(algorithm: Algorithm): string {
  return nameOf(algorithm).replace('-', '')
}

function bytesOf(data: Bytes): Uint8Array {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}
