import { afterAll, beforeAll, expect, it } from 'vitest'
import { Api } from './support/api.ts'
import { type Server, startServer } from './support/server.ts'

let server: Server

beforeAll(async () => {
  server = await startServer({ flags: ['--var', 'ENVIRONMENT:production'] })
})
afterAll(() => server?.remove())

it('answers 503 to everything but /health while no real key is configured', async () => {
  const api = await Api.connect(server.url)
  for (const path of ['/products/x', '/ops/mailbox', '/orders/x']) {
    const { status, body } = await api.send('GET', path)
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'not_configured' })
  }
  expect((await fetch(`${server.url}/openapi.json`)).status).toBe(503)
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
})
