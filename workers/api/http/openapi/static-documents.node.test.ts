import { describe, expect, it } from 'vitest'
import { app } from '../../app.ts'

const page = { Accept: 'text/html' }
const get = (path: string, headers: Record<string, string> = {}, settings: object = {}) =>
  app.request(path, { headers }, { ENVIRONMENT: 'development', ...settings })
const tagOf = (response: Response) => response.headers.get('ETag') ?? ''

describe.each<[string, Record<string, string>]>([
  ['/openapi.json', {}],
  ['/asyncapi.json', {}],
  ['/schemas', {}],
  ['/schemas/order.OrderCreated.json', {}],
  ['/schemas/inventory.InventoryReserved.v1.json', {}],
  ['/docs', {}],
  ['/problems', {}],
  ['/problems', page],
  ['/problems/price_changed', {}],
  ['/problems/price_changed', page],
])('%s %j', (path, headers) => {
  it('has a strong tag, and may be kept', async () => {
    const response = await get(path, headers)
    expect(response.status).toBe(200)
    expect(tagOf(response)).toMatch(/^"[\w-]{27}"$/)
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=300')
    expect(tagOf(await get(path, headers))).toBe(tagOf(response))
  })

  it('is not sent to a client that has it', async () => {
    const tag = tagOf(await get(path, headers))
    for (const field of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const response = await get(path, { ...headers, 'If-None-Match': field })
      expect(response.status, field).toBe(304)
      expect(await response.text()).toBe('')
      expect(tagOf(response)).toBe(tag)
      expect(response.headers.get('Cache-Control')).toBe('public, max-age=300')
    }
    for (const field of ['"other"', 'malformed', '"1"'])
      expect((await get(path, { ...headers, 'If-None-Match': field })).status, field).toBe(200)
  })
})

it('what is chosen by Accept says so, and its forms have different tags', async () => {
  for (const path of ['/problems', '/problems/price_changed']) {
    const [json, html] = [await get(path), await get(path, page)]
    expect([json, html].map((one) => one.headers.get('Vary'))).toEqual(['Accept', 'Accept'])
    expect(tagOf(json)).not.toBe(tagOf(html))
  }
})

it('a document that names the deployment has another tag at another one', async () => {
  const path = '/asyncapi.json'
  const other = await get(path, {}, { PUBLIC_URL: 'https://shop.example' })
  expect(tagOf(other)).not.toBe(tagOf(await get(path)))
})

it('what does not exist may not be kept', async () => {
  const response = await get('/problems/none')
  expect(response.status).toBe(404)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(response.headers.get('ETag')).toBeNull()
})
