import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Env } from '../../durable-objects/env.ts'
import { app } from './app.ts'

/** Asks the API with some of its bindings broken. */
async function ask(path: string, broken: Partial<Env>, headers: Record<string, string> = {}) {
  const context = createExecutionContext()
  const request = new Request(`https://petrel.example${path}`, { headers })
  const response = await app.fetch(request, { ...env, ...broken }, context)
  await waitOnExecutionContext(context)
  const text = await response.text()
  return { response, text, body: JSON.parse(text) }
}

/** A binding that throws whatever is asked of it, with a text that must go nowhere. */
function brokenBinding<Binding extends object>(binding: Binding): Binding {
  return new Proxy(binding, {
    get() {
      throw new TypeError('ada@example.com is not iterable')
    },
  })
}

describe('with a part of the deployment broken', () => {
  it('an unforeseen fault is a problem document that tells nothing of the fault', async () => {
    const { response, text, body } = await ask('/v1/products/MUG', { PRODUCT: brokenBinding(env.PRODUCT) })
    expect(response.status).toBe(500)
    expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/)
    expect(body).toMatchObject({ code: 'internal', traceId: response.headers.get('X-Request-Id') })
    expect(text).not.toMatch(/ada@example|iterable|\.ts:/)
  })

  it('/health says which part does not answer', async () => {
    const { response, body } = await ask('/health', { DATABASE: brokenBinding(env.DATABASE) })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(body).toMatchObject({
      code: 'unhealthy',
      checks: { worker: 'ok', object: 'ok', database: 'failing', queues: 'ok', lake: 'ok' },
    })
  })

  it('who asks too often is told how long to wait', async () => {
    const none: RateLimit = { limit: async () => ({ success: false }) }
    const { response, body } = await ask('/v1/products/MUG', { RATE_LIMIT: none })
    expect(response.status).toBe(429)
    expect(body).toMatchObject({ code: 'rate_limited' })
    expect(response.headers.get('Retry-After')).toBe('60')
    expect(response.headers.get('RateLimit')).toBe('"caller";r=0;t=60')
    expect(response.headers.get('RateLimit-Policy')).toBe('"caller";q=6000;w=60')
  })
})
