import { createHmac } from 'node:crypto'
import type { OneTimeSecrets } from '../../shared/core/aggregate.ts'
import { type Env, isDevelopment } from '../env.ts'

/** Signs development tokens where no key is configured. Public: never accepted in production. */
export const DEVELOPMENT_JWT_SECRET = 'petrel-development-key-known-to-everyone'

/**
 * The key that Petrel signs with; `null` when none is configured that production may use (at least 32
 * characters, and not the development key).
 */
export function signingSecret(env: Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET'>): string | null {
  if (isDevelopment(env)) return env.JWT_SECRET ?? DEVELOPMENT_JWT_SECRET
  return isStrong(env.JWT_SECRET) && env.JWT_SECRET !== DEVELOPMENT_JWT_SECRET ? env.JWT_SECRET : null
}

/**
 * The key that names the object of an e-mail address. It must not change while there are customers, so a
 * deployment that changes its signing key first copies the present value to this setting. `null` for a key that
 * production may not use (less than 32 characters): another key would find no customer.
 */
export function emailAddressSecret(
  env: Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET' | 'EMAIL_ADDRESS_SECRET'>,
): string | null {
  const secret = env.EMAIL_ADDRESS_SECRET
  if (!secret) return signingSecret(env)
  return isDevelopment(env) || isStrong(secret) ? secret : null
}

function isStrong(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= 32
}

/**
 * One-time secrets of one aggregate. They are derived with HMAC-SHA-256 (RFC 2104) from the server's
 * key instead of being stored, so a mail can be sent again after a crash and no log contains one.
 */
export function oneTimeSecrets(env: Env, kind: string, id: string): OneTimeSecrets {
  const mac = (purpose: string, text: string) =>
    createHmac('sha256', signingSecret(env) ?? '')
      .update(JSON.stringify(['petrel one-time secret', purpose, kind, id, text]))
      .digest()
  return {
    token: (label) => mac('token', label).toString('base64url'),
    // 48 bits over a million codes: the bias of the remainder is below one in 10^8.
    digits: (label) => String(mac('digits', label).readUIntBE(0, 6) % 1_000_000).padStart(6, '0'),
    hash: (secret) => mac('hash', secret).toString('base64url'),
  }
}
