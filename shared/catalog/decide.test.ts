import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
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
  it('records the new and the previous price', () => {
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

describe('the highest price', () => {
  const currencies = { base: 'USD', asOf: '2026-11-01', rates: { IDR: '0.00006' } }
  const create = (amount: number, currency: string) =>
    ({ type: 'CreateProduct', sku: 'MUG', name: 'Mug', price: { amount, currency } }) as const

  it.each([
    ['USD', 1_000_000_000],
    ['EUR', 1_000_000_000],
    ['KWD', 10_000_000_000],
    ['JPY', 10_000_000],
    // 9,000,000,000,000 is the most that any amount may be: 5,400,000.00 USD here.
    ['IDR', 9_000_000_000_000],
  ])('in %s is %i', (currency, most) => {
    spec.given().when(create(most, currency), { currencies }).thenTypes('ProductCreated')
    if (currency !== 'IDR')
      spec
        .given()
        .when(create(most + 1, currency), { currencies })
        .thenRefused('price_out_of_range')
  })
  it('holds for a change as well, and points at the amount', () => {
    const { decision } = spec
      .given(created)
      .when({ type: 'ChangePrice', price: { amount: 1_000_000_001, currency: 'USD' } })
      .thenRefused('price_out_of_range')
    expect(decision.refusal?.facts).toMatchObject({ errors: [{ pointer: '/price/amount' }] })
  })
})
