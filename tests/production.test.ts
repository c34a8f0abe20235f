import { afterEach, expect, it, vi } from 'vitest'
import { Api } from './support/api.ts'
import { type Server, startServer } from './support/server.ts'

let server: Server

async function start(variables: Readonly<Record<string, string>>): Promise<Api> {
  server = await startServer({ unhealthy: true, variables: { ENVIRONMENT: 'production', ...variables } })
  return Api.connect(server.url)
}

async function health(): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/health`)
  return { status: response.status, body: await response.json() }
}

afterEach(() => server?.remove())

it('answers 503 to everything while no real key is configured, and /health reports it', async () => {
  const api = await start({})
  for (const path of ['/products/x', '/ops/mailbox', '/orders/x']) {
    const { status, body } = await api.send('GET', path)
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'not_configured' })
  }
  expect((await fetch(`${server.url}/openapi.json`)).status).toBe(503)
  expect(await health()).toMatchObject({
    status: 503,
    body: {
      code: 'unhealthy',
      checks: { object: 'ok', database: 'ok', queues: 'ok', lake: 'ok', configuration: 'failing' },
      notConfigured: ['JWT_SECRET', 'PAYMENT_GATEWAY', 'MAILER'],
    },
  })
  const banner =
    'Petrel is running, but something is wrong: Not configured: JWT_SECRET, PAYMENT_GATEWAY, MAILER.\n'
  await vi.waitFor(() => expect(server.output()).toContain('Stop with Ctrl-C'))
  expect(server.output()).toContain(banner)
  expect(server.output()).not.toContain('run demo')
})

it('with a key alone it serves what needs no gateway and no mail, and refuses the rest', async () => {
  const api = await start({ JWT_SECRET: 'thirty-two-characters-or-some-more' })
  expect(await api.send('GET', '/products', { token: '' })).toMatchObject({ status: 200 })
  for (const [path, body] of [
    ['/customers', { email: 'ada@example.com', name: 'Ada' }],
    ['/sessions', { email: 'ada@example.com' }],
  ] as const)
    expect(await api.send('POST', path, { token: '', body })).toMatchObject({
      status: 503,
      body: { code: 'not_configured', detail: expect.stringContaining('MAILER') },
    })
  expect(await health()).toMatchObject({
    status: 503,
    body: { notConfigured: ['PAYMENT_GATEWAY', 'MAILER'] },
  })
})

it('uses sandboxes that are configured by name, and reports them', async () => {
  const api = await start({
    JWT_SECRET: 'thirty-two-characters-or-some-more',
    PAYMENT_GATEWAY: 'sandbox',
    MAILER: 'mailbox',
  })
  const body = { email: 'ada@example.com', name: 'Ada' }
  expect(await api.send('POST', '/customers', { token: '', body })).toMatchObject({ status: 201 })
  expect(await health()).toMatchObject({
    status: 200,
    body: { status: 'ok', sandbox: ['PAYMENT_GATEWAY', 'MAILER'] },
  })
  expect(server.output()).toContain('PAYMENT_GATEWAY is sandbox: the sandbox moves no money')
})
