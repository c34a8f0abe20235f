import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { developmentToken } from '../support/development-token.ts'

/** The server is unreachable. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** The server did not behave as the demo expects. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
  /** The status of the refusal, if the server refused. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** A request of the demo. */
export interface DemoRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Under /v1. */
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const problemSchema = z.object({ code: z.string(), detail: z.string() })
/** The time limit of each request; the longest waits ten seconds for an order. */
const REQUEST_TIMEOUT_MS = 30_000

/** The client of one server. All requests carry one trace id, and so do the events that they cause. */
export class DemoClient {
  readonly url: string
  readonly traceId = randomBytes(16).toString('hex')
  readonly operator: string
  readonly ops: string

  private constructor(url: string, operator: string, ops: string) {
    this.url = url
    this.operator = operator
    this.ops = ops
  }

  /** @throws UnreachableError when the server does not answer */
  static async connect(url: string): Promise<DemoClient> {
    const token = (scope: 'operator' | 'ops') => developmentToken([scope], `demo-${scope}`, 3_600)
    const client = new DemoClient(url, await token('operator'), await token('ops'))
    await client.#fetch('/health', {})
    return client
  }

  /**
   * The response of an operation, as text.
   *
   * @throws DemoError with the server's problem when it refuses
   */
  async text(request: DemoRequest): Promise<{ status: number; text: string }> {
    const { method, path, token, body, headers } = request
    const response = await this.#fetch(`/v1${path}`, {
      method,
      headers: {
        traceparent: `00-${this.traceId}-${randomBytes(8).toString('hex')}-01`,
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.ok) return { status: response.status, text }
    const { status } = response
    throw new DemoError(`${method} /v1${path} was answered with ${status}: ${gist(text)}`, status)
  }

  /**
   * The response of an operation, parsed with a schema.
   *
   * @throws DemoError with the server's problem when it refuses, or when the response does not match
   */
  async answer<Schema extends z.ZodType>(
    schema: Schema,
    request: DemoRequest,
  ): Promise<{ status: number; value: z.output<Schema> }> {
    const { status, text } = await this.text(request)
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) return { status, value: parsed.data }
    const { method, path } = request
    throw new DemoError(`${method} /v1${path} has an unexpected answer. ${z.prettifyError(parsed.error)}`)
  }

  /** As `answer`, without the status. */
  async ask<Schema extends z.ZodType>(schema: Schema, request: DemoRequest): Promise<z.output<Schema>> {
    return (await this.answer(schema, request)).value
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    } catch (fault) {
      const reason =
        fault instanceof Error && fault.cause instanceof Error ? fault.cause.message : String(fault)
      throw new UnreachableError(`${this.url} does not answer (${reason})`)
    }
  }
}

/**
 * Polls until there is a result, for at most 20 s.
 *
 * @throws DemoError that names the missing result
 */
export async function until<Value>(what: string, ask: () => Promise<Value | undefined>): Promise<Value> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(150)) {
    const value = await ask()
    if (value !== undefined) return value
  }
  throw new DemoError(`${what} did not happen within 20 seconds`)
}

function gist(text: string): string {
  try {
    const { code, detail } = problemSchema.parse(JSON.parse(text))
    return `${code}. ${detail}`
  } catch {
    return text.slice(0, 300)
  }
}
