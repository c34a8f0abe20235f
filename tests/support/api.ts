import { SignJWT } from 'jose'
import type { z } from 'zod'
import { DEVELOPMENT_JWT_SECRET } from '../../durable-objects/adapters/secrets.ts'
import { ApiDocument } from './document.ts'

/** What came back: status, headers, and the body as JSON (`undefined` without one). */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** How a request differs from a plain one. */
export interface RequestOptions {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A client of one running Petrel. */
export class Api {
  readonly url: string
  readonly operator: string
  readonly ops: string

  readonly #document: ApiDocument | null

  private constructor(url: string, operator: string, ops: string, document: ApiDocument | null) {
    this.#document = document
    this.url = url
    this.operator = operator
    this.ops = ops
  }

  static async connect(url: string): Promise<Api> {
    const tokens = await Promise.all([signToken('operator', 'test-operator'), signToken('ops', 'test-ops')])
    return new Api(url, ...tokens, await ApiDocument.of(url))
  }

  /** Sends one request to a path under /v1; the token is an operator's unless another, or `''`, is given. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { token = this.operator, body, headers = {} } = options
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    const isJson = /^application\/(.*\+)?json\b/.test(response.headers.get('Content-Type') ?? '')
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text || undefined,
    }
    const type = response.headers.get('Content-Type') ?? ''
    const contradictions =
      (isJson && this.#document?.contradictions(method, `/v1${path}`, answer.status, type, answer.body)) || []
    if (contradictions.length > 0)
      throw new Error(`the answer contradicts the OpenAPI document: ${contradictions.join('; ')}\n${text}`)
    return answer
  }

  /** Sends a request that has to succeed, and reads its body with a schema. */
  async ask<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<z.output<Schema>> {
    const { status, body } = await this.send(method, path, options)
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`)
    return schema.parse(body)
  }
}

/** A token as `bun run token` makes it. */
export function signToken(scope: string, subject: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(DEVELOPMENT_JWT_SECRET))
}

/** How long `eventually` pauses between two questions, at first and at most (ms). */
const PAUSE_MS = { first: 50, longest: 500 }

/**
 * Asks again until a condition holds; fails with the last answer when it does not within `timeout` ms. Pauses grow:
 * many that ask at once would keep the server from what they wait for.
 */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  holds: (value: Value) => boolean,
  timeout = 30_000,
): Promise<Value> {
  const deadline = Date.now() + timeout
  for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 1.5, PAUSE_MS.longest)) {
    const value = await ask()
    if (holds(value)) return value
    if (Date.now() > deadline) throw new Error(`still not so after ${timeout} ms: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
