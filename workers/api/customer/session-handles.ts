import { createHmac } from 'node:crypto'
import { signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { Intent } from '../http/idempotency.ts'

const HASH_BYTES = 32
const HANDLE_BYTES = 16
const IV_BYTES = 12
/** Letters alone: an id without digits is never taken for a card number. */
const letters = 'abcdefghijklmnop'

/** What a log-in is known by: whose address it is about, and which of all log-ins. */
export interface SessionHandle {
  /** The name of the address's object, in hexadecimal. */
  readonly emailHash: string
  readonly handle: string
}

type KeyEnv = Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET'>

/** A handle for one log-in: random, or the same for a repetition under one Idempotency-Key. */
export function newHandle(env: KeyEnv, { commandId }: Intent): string {
  const bytes =
    commandId === undefined
      ? crypto.getRandomValues(new Uint8Array(HANDLE_BYTES))
      : mac(env, 'handle', commandId).subarray(0, HANDLE_BYTES)
  return Buffer.from(bytes).toString('hex')
}

/**
 * A handle as clients get it. It is sealed (AES-256-GCM), not stored: it exists for every address alike, also
 * where no customer has it, and tells nothing of the address. The nonce is derived from what is sealed
 * (as in RFC 8452), so that a repetition gives the same text.
 */
export async function sealSession(env: KeyEnv, { emailHash, handle }: SessionHandle): Promise<string> {
  const plain = Buffer.from(emailHash + handle, 'hex')
  const iv = new Uint8Array(mac(env, 'nonce', plain.toString('hex')).subarray(0, IV_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await sealingKey(env), plain)
  return lettersOf(Buffer.concat([iv, new Uint8Array(sealed)]))
}

/** What a session id stands for; `null` for anything that `sealSession` did not make. */
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
