import { createHmac } from 'node:crypto'
import { signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { Intent } from '../http/idempotency.ts'

const HASH_BYTES = 32
const HANDLE_BYTES = 16
const IV_BYTES = 12
/** No digits, so that an id cannot look like a card number. */
const letters = 'abcdefghijklmnop'

/** Identifies one log-in: the address, and the log-in among those of the address. */
export interface SessionHandle {
  /** The name of the address's object (hexadecimal). */
  readonly emailHash: string
  readonly handle: string
}

type KeyEnv = Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET'>

/** A handle for one log-in: random, or derived from the command id, so that a repetition gets the same. */
export function newHandle(env: KeyEnv, { commandId }: Intent): string {
  const bytes =
    commandId === undefined
      ? crypto.getRandomValues(new Uint8Array(HANDLE_BYTES))
      : mac(env, 'handle', commandId).subarray(0, HANDLE_BYTES)
  return Buffer.from(bytes).toString('hex')
}

/**
 * The session id of a handle: encrypted (AES-256-GCM), not stored. It exists for every address, registered or not, and
 * reveals nothing about it. The nonce is derived from the plaintext (as in RFC 8452), so that a repetition gives the
 * same id.
 */
export async function sealSession(env: KeyEnv, { emailHash, handle }: SessionHandle): Promise<string> {
  const plain = Buffer.from(emailHash + handle, 'hex')
  const iv = new Uint8Array(mac(env, 'nonce', plain.toString('hex')).subarray(0, IV_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await sealingKey(env), plain)
  return lettersOf(Buffer.concat([iv, new Uint8Array(sealed)]))
}

/** The handle of a session id; `null` for a text that `sealSession` did not create. */
export async function openSession(env: KeyEnv, sessionId: string): Promise<SessionHandle | null> {
  const bytes = bytesOf(sessionId)
  if (!bytes || bytes.length <= IV_BYTES) return null
  const iv = new Uint8Array(bytes.subarray(0, IV_BYTES))
  try {
    const sealed = new Uint8Array(bytes.subarray(IV_BYTES))
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await sealingKey(env), sealed)
    const text = Buffer.from(plain).toString('hex')
    return { emailHash: text.slice(0, 2 * HASH_BYTES), handle: text.slice(2 * HASH_BYTES) }
  } catch {
    return null
  }
}

function sealingKey(env: KeyEnv): Promise<CryptoKey> {
  const bytes = new Uint8Array(mac(env, 'key', ''))
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function mac(env: KeyEnv, purpose: string, text: string): Buffer {
  return createHmac('sha256', signingSecret(env) ?? '')
    .update(JSON.stringify(['petrel session handle', purpose, text]))
    .digest()
}

function lettersOf(bytes: Buffer): string {
  return [...bytes].map((byte) => `${letters[byte >> 4]}${letters[byte & 15]}`).join('')
}

function bytesOf(text: string): Buffer | null {
  if (text.length % 2 === 1 || !/^[a-p]+$/.test(text)) return null
  return Buffer.from([...text].map((letter) => letters.indexOf(letter).toString(16)).join(''), 'hex')
}
