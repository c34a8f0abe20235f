import { expect, inject, it } from 'vitest'
import { ApiDocument } from './document.ts'

const document = await ApiDocument.of(inject('serverUrl'))
const time = '2026-03-01T12:00:00.000Z'
const product = {
  ...{ id: 'MUG', version: 1, sku: 'MUG', name: 'Mug', weightGrams: 0, status: 'active' },
  ...{ price: { amount: 1, currency: 'USD' }, createdAt: time, updatedAt: time },
}
const json = 'application/json'

it.each<[string, number, string, unknown]>([
  ['GET /v1/products/MUG', 200, json, product],
  ['GET /v1/products/MUG?version=1', 200, 'application/json; charset=utf-8', product],
  ['POST /v1/promotions/SPRING/check', 200, json, { eligible: false, reasons: [], discount: null }],
  ['GET /nothing', 418, json, {}],
])('%s %i is as documented', (request, status, type, body) => {
  const [method = '', path = ''] = request.split(' ')
  expect(document?.contradictions(method, path, status, type, body)).toEqual([])
})

it.each<[string, number, string, unknown]>([
  ['GET /v1/products/MUG', 200, json, { ...product, price: null }],
  ['GET /v1/products/MUG', 200, json, { ...product, version: 0 }],
  ['GET /v1/products/MUG', 418, json, {}],
  ['GET /v1/products/MUG', 404, 'application/problem+json', { type: '/problems/not_found' }],
  ['POST /v1/promotions/SPRING/check', 200, json, { eligible: false, reasons: null, discount: null }],
])('%s %i is told from what is documented', (request, status, type, body) => {
  const [method = '', path = ''] = request.split(' ')
  expect(document?.contradictions(method, path, status, type, body)).not.toEqual([])
})
