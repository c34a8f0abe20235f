import { Buffer } from 'node:buffer'
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { AuthenticationError } from './errors.ts'

const HASH = 'sha512'
const HASH_BYTES = 64
/** Kafka's own bounds: fewer rounds protect no password, and more are there to keep the client busy. */
const MIN_ROUNDS = 4_096
const MAX_ROUNDS = 1_000_000
/** Base64 of `n,,`: no channel binding. */
const CHANNEL = 'biws'

/** The client's side of SCRAM-SHA-512: RFC 5802 with another hash. */
export class Scram {
  readonly #password: string
  readonly #nonce: string
  readonly #firstBare: string
  #serverSignature: Buffer = Buffer.alloc(0)

  constructor(username: string, password: string, nonce = randomBytes(24).toString('base64url')) {
    this.#password = password
    this.#nonce = nonce
    const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#firstBare = `n=${name},r=${nonce}`
  }

  /** The first message. */
  first(): string {
    return `n,,${this.#firstBare}`
  }

  /**
   * The last message, after the broker's first.
   *
   * @throws AuthenticationError when that is not an answer to ours
   */
  final(serverFirst: string): string {
    const { r: nonce = '', s: salt = '', i = '' } = attributesOf(serverFirst)
    const rounds = Number(i)
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new AuthenticationError('the broker answers to another nonce')
    if (!Number.isInteger(rounds) || rounds < MIN_ROUNDS || rounds > MAX_ROUNDS)
      throw new AuthenticationError(`the broker asks for ${rounds} rounds`)
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), rounds, HASH_BYTES, HASH)
    const clientKey = hmac(salted, 'Client Key')
    const withoutProof = `c=${CHANNEL},r=${nonce}`
    const signed = `${this.#firstBare},${serverFirst},${withoutProof}`
    const signature = hmac(createHash(HASH).update(clientKey).digest(), signed)
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), signed)
    return `${withoutProof},p=${proof.toString('base64')}`
  }

  /**
   * Checks the broker's last message: whether it knows the password, too.
   *
   * @throws AuthenticationError
   */
  verify(serverFinal: string): void {
    const signature = Buffer.from(attributesOf(serverFinal).v ?? '', 'base64')
    if (signature.length !== HASH_BYTES || !timingSafeEqual(signature, this.#serverSignature))
      throw new AuthenticationError('the broker does not know the password')
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest()
}

/** `a=1,b=2` */
function attributesOf(message: string): Partial<Record<string, string>> {
  return Object.fromEntries(
    message.split(',').map((attribute) => [attribute.slice(0, 1), attribute.slice(2)] as const),
  )
}
