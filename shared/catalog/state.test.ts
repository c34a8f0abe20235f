import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { product } from './aggregate.ts'
import { productCommand } from './commands.ts'

const data = { sku: 'MUG', name: 'Mug', price: { amount: 1, currency: 'USD' }, weightGrams: 0 }

describe('the image of a product', () => {
  it.each(['javascript:alert(1)', 'data:image/svg+xml,<svg/>', 'mug.png'])('%s is not taken', (imageUrl) => {
    const command = { type: 'CreateProduct', ...data, imageUrl }
    expect(productCommand.safeParse(command).success).toBe(false)
  })
  it.each([
    ['javascript:alert(1)', undefined],
    ['https://shop.example/mug.png', 'https://shop.example/mug.png'],
  ])('%s that an older log holds is shown as %s', (imageUrl, shown) => {
    const state = product.evolve(null, { type: 'ProductCreated', data: { ...data, imageUrl } }, NOW)
    expect(state.imageUrl).toBe(shown)
    expect(product.state.safeParse(state).success).toBe(true)
  })
  it('is folded anew where a snapshot still holds what an older log does', () => {
    expect(product.stateVersion).toBe(2)
  })
})
