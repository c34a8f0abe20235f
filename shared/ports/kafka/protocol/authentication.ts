import { Buffer } from 'node:buffer'
import type { Connection } from './connection.ts'
import { AuthenticationError, errorName } from './errors.ts'
import { saslAuthenticate, saslHandshake } from './requests.ts'
import { Scram } from './scram.ts'

/** How to log in. */
export type Credentials =
  | { readonly mechanism: 'SCRAM-SHA-512'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string }

/**
 * Logs in on a new connection.
 *
 * @returns how long the broker takes requests on it (ms); 0: for ever
 * @throws AuthenticationError when the broker refuses, or does not know the password itself
 * @throws ConnectionError
 */
export async function authenticate(connection: Connection, credentials: Credentials): Promise<number> {
  const { mechanism } = credentials
  const { error, mechanisms } = await connection.request(saslHandshake, { mechanism })
  if (error !== 0)
    throw new AuthenticationError(
      `${errorName(error)}: ${mechanism}; the broker has ${mechanisms.join(', ')}`,
    )
  return credentials.mechanism === 'OAUTHBEARER'
    ? bearToken(connection, credentials.token)
    : scram(connection, credentials.username, credentials.password)
}

async function scram(connection: Connection, username: string, password: string): Promise<number> {
  const exchange = new Scram(username, password)
  const first = await send(connection, exchange.first())
  const last = await send(connection, exchange.final(first.message.toString()))
  exchange.verify(last.message.toString())
  return last.sessionMs
}

async function bearToken(connection: Connection, token: string): Promise<number> {
  const { message, sessionMs } = await send(connection, `n,,\x01auth=Bearer ${token}\x01\x01`)
  if (message.length === 0) return sessionMs
  // A refusal comes as JSON, and as an error only after the client's last word (RFC 7628, section 3.2.3).
  await send(connection, '\x01')
  throw new AuthenticationError('the token is refused')
}

async function send(connection: Connection, message: string) {
  const answer = await connection.request(saslAuthenticate, { message: Buffer.from(message) })
  if (answer.error === 0) return answer
  const reason = answer.reason === null ? '' : `: ${answer.reason}`
  throw new AuthenticationError(`${errorName(answer.error)}${reason}`)
}
