import { describe, it } from 'vitest'
import { specification } from '../core/specification.ts'
import { product } from './aggregate.ts'
import type { ProductEvent } from './events.ts'

const spec = specification(product)
const price = { amount: 1999, currency: 'USD' }
const created: ProductEvent = {
  type: 'ProductCreated',
  data: { sku: 'MUG', name: 'Mug', price, weightGrams: 0 },
}
const discontinued: ProductEvent = { type: 'ProductDiscontinued', data: { sku: 'MUG' } }

describe('CreateProduct', () => {
  const create = { type: 'CreateProduct', sku: 'MUG', name: 'Mug', price } as const

  it('puts a product on sale', () => {
    spec.given().when(create).then(created)
  })
  it('is refused when the SKU is taken', () => {
    spec.given(created).when(create).thenRefused('product_exists')
  })
})

describe('ChangePrice', () => {
  it('tells the new and the previous price', () => {
    const raised = { amount: 2499, currency: 'USD' }
    spec
      .given(created)
      .when({ type: 'ChangePrice', price: raised })
      .then({ type: 'ProductPriceChanged', data: { sku: 'MUG', price: raised, previousPrice: price } })
  })
  it('changes nothing when the price is the same', () => {
    spec.given(created).when({ type: 'ChangePrice', price }).then()
  })
  it('is refused in another currency', () => {
    spec
      .given(created)
      .when({ type: 'ChangePrice', price: { amount: 1999, currency: 'EUR' } })
      .thenRefused('price_currency_changed')
  })
  it('is refused for an unknown product', () => {
    spec.given().when({ type: 'ChangePrice', price }).thenRefused('product_not_found')
  })
  it('is refused once the product is discontinued', () => {
    spec.given(created, discontinued).when({ type: 'ChangePrice', price }).thenRefused('product_discontinued')
  })
})

describe('DiscontinueProduct', () => {
  it('ends the sale', () => {
    spec.given(created).when({ type: 'DiscontinueProduct' }).then(discontinued)
  })
  it('changes nothing the second time', () => {
    spec.given(created, discontinued).when({ type: 'DiscontinueProduct' }).then()
  })
})
