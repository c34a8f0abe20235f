import { SignJWT } from 'jose'
import { signingSecret } from '../../durable-objects/adapters/secrets.ts'
import type { Scope } from '../../workers/api/http/auth/caller.ts'

/**
 * An access token for a development server, signed with JWT_SECRET from the environment or else with the
 * development key. `lifetime` is in seconds.
 */
export function developmentToken(
  granted: readonly Scope[],
  subject: string,
  lifetime: number,
): Promise<string> {
  const { JWT_SECRET } = process.env
  const secret = signingSecret({ ENVIRONMENT: 'development', ...(JWT_SECRET && { JWT_SECRET }) })
  const now = Math.floor(Date.now() / 1_000)
  return new SignJWT({ scope: granted.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(new TextEncoder().encode(secret ?? ''))
}
