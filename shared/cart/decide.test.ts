import { describe, expect, it } from 'vitest'
import type { ProductFacts } from '../catalog/commands.ts'
import type { Money } from '../core/money/money.ts'
import { specification } from '../core/specification.fixture.ts'
import { cart } from './aggregate.ts'
import type { CartCommand } from './commands.ts'
import type { CartEvent, CartLine } from './events.ts'

const spec = specification(cart, { id: 'crt_1' })
const usd = (amount: number) => ({ amount, currency: 'USD' })

const mug: ProductFacts = { sku: 'MUG', name: 'Mug', price: usd(1999), weightGrams: 300, onSale: true }
const tee: ProductFacts = { sku: 'TEE', name: 'Tee', price: usd(2500), weightGrams: 150, onSale: true }
function lineOf({ sku, name, price }: ProductFacts, quantity: number): CartLine {
  return { sku, name, quantity, unitPrice: price }
}
function added(line: CartLine, count = line.quantity): CartEvent {
  return { type: 'ProductAddedToCart', data: { line, added: count } }
}
/** The decision that stands on a new quote of so many lines. */
function reviewed(lines: number, ...changes: { sku: string; from: Money; to: Money }[]) {
  const outcome = changes.length > 0 ? 'price_changed' : 'prices_hold'
  const inputs = { lines, unavailable: [], changes }
  return [{ policy: 'priceReviewPolicy', rules: changes.length > 0 ? [outcome] : [], inputs, outcome }]
}
function repriced(lines: CartLine[], decisions: ReturnType<typeof reviewed>): CartEvent {
  return { type: 'CartUpdated', data: { lines, cause: 'repriced', decisions } }
}
function updated(cause: 'quantity_changed' | 'item_removed' | 'repriced', ...lines: CartLine[]): CartEvent {
  return { type: 'CartUpdated', data: { lines, cause, decisions: [] } }
}

const created: CartEvent = { type: 'CartCreated', data: { currency: 'USD' } }
const twoMugs = added(lineOf(mug, 2))
const abandoned: CartEvent = { type: 'CartAbandoned', data: { lines: 1 } }
const merged: CartEvent = { type: 'CartMerged', data: { intoCartId: 'crt_2' } }
const checkedOut: CartEvent = { type: 'CartCheckedOut', data: { orderId: 'ord_1', customerId: 'cus_1' } }
const decisions = [
  { policy: 'promotionEligibilityPolicy', rules: ['expired'], inputs: { uses: 3 }, outcome: 'eligible' },
]
const quoted: CartEvent = {
  type: 'PromotionApplied',
  data: { code: 'SPRING', discount: usd(400), decisions },
}
const full = Array.from({ length: 100 }, (_, n) => added({ ...lineOf(mug, 1), sku: `SKU-${n}` }))

type CommandOf<Type extends CartCommand['type']> = Extract<CartCommand, { type: Type }>
const add = { type: 'AddItem', sku: 'MUG', quantity: 2, product: mug } as const
const change = { type: 'ChangeQuantity', sku: 'MUG', quantity: 5, product: mug } as const
const remove = { type: 'RemoveItem', sku: 'MUG' } as const
const applyPromotion: CommandOf<'ApplyPromotion'> = {
  type: 'ApplyPromotion',
  code: 'SPRING',
  quote: { discount: usd(400), decisions },
}
const removePromotion = { type: 'RemovePromotion', code: 'SPRING' } as const
const mergeInto = { type: 'MergeInto', intoCartId: 'crt_2' } as const
const merge: CommandOf<'MergeCarts'> = {
  type: 'MergeCarts',
  fromCartId: 'crt_guest',
  promotions: [],
  lines: [lineOf(mug, 3), lineOf(tee, 1)],
}
const review: CommandOf<'ReviewPrices'> = { type: 'ReviewPrices', products: [mug] }
const checkOut = { type: 'CheckOut', orderId: 'ord_1', customerId: 'cus_1' } as const

describe('CreateCart', () => {
  it('opens an empty cart of a guest', () => {
    const { state } = spec.given().when({ type: 'CreateCart', currency: 'USD' }).then(created)
    expect(state).toMatchObject({ status: 'open', lines: [] })
  })
  it('opens one of a customer', () => {
    spec
      .given()
      .when({ type: 'CreateCart', currency: 'USD', customerId: 'cus_1' })
      .then({ type: 'CartCreated', data: { currency: 'USD', customerId: 'cus_1' } })
  })
  it('is refused when there is one', () => {
    spec.given(created).when({ type: 'CreateCart', currency: 'USD' }).thenRefused('cart_exists')
  })
})

describe('without a cart', () => {
  it.each([add, change, remove, applyPromotion, removePromotion, merge, mergeInto, review, checkOut])(
    '$type is refused',
    (command) => {
      spec.given().when(command).thenRefused('cart_not_found')
    },
  )
})

describe.each([
  ['checked out', checkedOut, { status: 'checked_out', orderId: 'ord_1' }],
  ['merged', merged, { status: 'merged', intoCartId: 'crt_2' }],
])('once the cart is %s', (_, closing, facts) => {
  it.each([add, change, remove, applyPromotion, merge, review])('$type is refused', (command) => {
    const { decision } = spec.given(created, twoMugs, closing).when(command).thenRefused('cart_closed')
    expect(decision.refusal?.facts).toEqual(facts)
  })
})

describe('AddItem', () => {
  it('adds a product at its price', () => {
    spec.given(created).when(add).then(twoMugs)
  })
  it('records the customer of the cart', () => {
    spec
      .given({ type: 'CartCreated', data: { currency: 'USD', customerId: 'cus_1' } })
      .when(add)
      .then({ type: 'ProductAddedToCart', data: { line: lineOf(mug, 2), added: 2, customerId: 'cus_1' } })
  })
  it('adds up what is there, and quotes all of it anew', () => {
    const dearer = { ...mug, name: 'Big mug', price: usd(2099) }
    const { state } = spec
      .given(created, twoMugs, added(lineOf(tee, 1)))
      .when({ ...add, quantity: 3, product: dearer })
      .then(added(lineOf(dearer, 5), 3))
    expect(state?.lines).toEqual([lineOf(dearer, 5), lineOf(tee, 1)])
  })
  it('opens an abandoned cart again', () => {
    const { state } = spec
      .given(created, twoMugs, abandoned)
      .when(add)
      .then(added(lineOf(mug, 4), 2))
    expect(state?.status).toBe('open')
  })
  it('is refused for an unknown product', () => {
    spec
      .given(created)
      .when({ ...add, product: null })
      .thenRefused('unknown_sku')
  })
  it('is refused for a product that is no longer sold', () => {
    spec
      .given(created)
      .when({ ...add, product: { ...mug, onSale: false } })
      .thenRefused('product_not_on_sale')
  })
  it('is refused for a product in another currency', () => {
    spec
      .given(created)
      .when({ ...add, product: { ...mug, price: { amount: 1999, currency: 'EUR' } } })
      .thenRefused('wrong_currency')
  })
  it('fills a line up to its limit', () => {
    spec
      .given(created, twoMugs)
      .when({ ...add, quantity: 997 })
      .then(added(lineOf(mug, 999), 997))
  })
  it('is refused past that limit, with the quantity in the cart', () => {
    const { decision } = spec
      .given(created, twoMugs)
      .when({ ...add, quantity: 998 })
      .thenRefused('quantity_limit')
    expect(decision.refusal?.facts).toEqual({ sku: 'MUG', limit: 999, inCart: 2 })
  })
  it('fills a cart up to its limit', () => {
    spec
      .given(created, ...full.slice(1))
      .when(add)
      .then(twoMugs)
  })
  it('is refused for a new product past that limit', () => {
    spec
      .given(created, ...full)
      .when(add)
      .thenRefused('line_limit')
  })
  it('adds to a line of a full cart', () => {
    const sku = 'SKU-7'
    spec
      .given(created, ...full)
      .when({ ...add, sku })
      .then(added({ ...lineOf(mug, 3), sku }, 2))
  })
})

describe('ChangeQuantity', () => {
  it('sets the quantity and quotes anew', () => {
    const dearer = { ...mug, price: usd(2099) }
    spec
      .given(created, twoMugs, added(lineOf(tee, 1)))
      .when({ ...change, product: dearer })
      .then(updated('quantity_changed', lineOf(dearer, 5), lineOf(tee, 1)))
  })
  it('changes nothing when all is the same', () => {
    spec
      .given(created, twoMugs)
      .when({ ...change, quantity: 2 })
      .then()
  })
  it('takes a new price over at the same quantity', () => {
    const dearer = { ...mug, price: usd(2099) }
    spec
      .given(created, twoMugs)
      .when({ ...change, quantity: 2, product: dearer })
      .then(updated('quantity_changed', lineOf(dearer, 2)))
  })
  it('opens an abandoned cart again', () => {
    expect(spec.given(created, twoMugs, abandoned).when(change).state?.status).toBe('open')
  })
  it('is refused for a product that is not in the cart', () => {
    spec
      .given(created, added(lineOf(tee, 1)))
      .when(change)
      .thenRefused('item_not_found')
  })
  it('is refused for a product that is gone or no longer sold', () => {
    const given = spec.given(created, twoMugs)
    given.when({ ...change, product: null }).thenRefused('unknown_sku')
    given.when({ ...change, product: { ...mug, onSale: false } }).thenRefused('product_not_on_sale')
  })
})

describe('RemoveItem', () => {
  it('takes the line out', () => {
    spec
      .given(created, twoMugs, added(lineOf(tee, 1)))
      .when(remove)
      .then(updated('item_removed', lineOf(tee, 1)))
  })
  it('is refused for a product that is not in the cart', () => {
    spec.given(created).when(remove).thenRefused('item_not_found')
  })
})

describe('ApplyPromotion', () => {
  it('records the quote', () => {
    const { state } = spec.given(created, twoMugs).when(applyPromotion).then(quoted)
    expect(state?.promotions).toEqual([{ code: 'SPRING', discount: usd(400), outdated: false }])
  })
  it('opens an abandoned cart again', () => {
    expect(spec.given(created, twoMugs, abandoned).when(applyPromotion).state?.status).toBe('open')
  })
  it('changes nothing when the quote is the same', () => {
    spec.given(created, twoMugs, quoted).when(applyPromotion).then()
  })
  it('takes a new quote in place of the old', () => {
    const { state } = spec
      .given(created, twoMugs, quoted)
      .when({ ...applyPromotion, quote: { discount: usd(500), decisions } })
      .then({ type: 'PromotionApplied', data: { code: 'SPRING', discount: usd(500), decisions } })
    expect(state?.promotions).toEqual([{ code: 'SPRING', discount: usd(500), outdated: false }])
  })
  it.each<[string, CartEvent]>([
    ['is added', added(lineOf(tee, 1))],
    ['changes', updated('quantity_changed', lineOf(mug, 1))],
  ])('is outdated once a line %s, until it is quoted again', (_, change) => {
    const given = spec.given(created, twoMugs, quoted, change)
    expect(given.state?.promotions).toEqual([{ code: 'SPRING', discount: usd(400), outdated: true }])
    const { state } = given.when(applyPromotion).then(quoted)
    expect(state?.promotions).toEqual([{ code: 'SPRING', discount: usd(400), outdated: false }])
  })
  it("is refused with the promotion's reasons", () => {
    const reasons = ['minimum_spend' as const, 'wrong_tier' as const]
    const { decision } = spec
      .given(created, twoMugs)
      .when({ ...applyPromotion, quote: { reasons } })
      .thenRefused('promotion_not_eligible')
    expect(decision.refusal?.facts).toEqual({ reasons })
  })
  it('takes ten codes, and no more', () => {
    const codes = Array.from(
      { length: 10 },
      (_, n): CartEvent => ({
        type: 'PromotionApplied',
        data: { code: `CODE${n}`, discount: usd(1), decisions: [] },
      }),
    )
    spec
      .given(created, ...codes.slice(1))
      .when(applyPromotion)
      .then(quoted)
    spec
      .given(created, ...codes)
      .when(applyPromotion)
      .thenRefused('promotion_limit')
    spec
      .given(created, ...codes)
      .when({ ...applyPromotion, code: 'CODE3' })
      .thenTypes('PromotionApplied')
  })
})

describe('ReviewPrices', () => {
  const dearer = { ...mug, price: usd(2099) }

  it('accepts a cart whose prices hold', () => {
    spec.given(created, twoMugs).when(review).then()
  })
  it('reports changed prices, and quotes the new ones', () => {
    const { decision } = spec
      .given(created, twoMugs, added(lineOf(tee, 1)))
      .when({ ...review, products: [tee, dearer] })
      .thenRefused(
        'price_changed',
        repriced(
          [lineOf(dearer, 2), lineOf(tee, 1)],
          reviewed(2, { sku: 'MUG', from: usd(1999), to: usd(2099) }),
        ),
      )
    expect(decision.refusal?.facts).toEqual({
      changes: [{ sku: 'MUG', from: usd(1999), to: usd(2099) }],
    })
  })
  it('accepts the new prices the second time', () => {
    spec
      .given(created, twoMugs, updated('repriced', lineOf(dearer, 2)))
      .when({ ...review, products: [dearer] })
      .then()
  })
  it('applies a new name without asking', () => {
    const renamed = { ...mug, name: 'Big mug' }
    spec
      .given(created, twoMugs)
      .when({ ...review, products: [renamed] })
      .then(repriced([lineOf(renamed, 2)], reviewed(1)))
  })
  it('is refused for an empty cart', () => {
    spec.given(created).when(review).thenRefused('cart_empty')
  })
  it('is refused for products that are gone or no longer sold, naming them', () => {
    const { decision } = spec
      .given(created, twoMugs, added(lineOf(tee, 1)))
      .when({ ...review, products: [{ ...tee, onSale: false }] })
      .thenRefused('product_not_on_sale')
    expect(decision.refusal?.facts).toEqual({ skus: ['MUG', 'TEE'] })
  })
})

describe('CheckOut', () => {
  it('closes the cart for the order', () => {
    const { state } = spec.given(created, twoMugs).when(checkOut).then(checkedOut)
    expect(state).toMatchObject({ status: 'checked_out', orderId: 'ord_1' })
  })
  it('closes an abandoned cart too', () => {
    spec.given(created, twoMugs, abandoned).when(checkOut).then(checkedOut)
  })
  it('changes nothing for the same order', () => {
    spec.given(created, twoMugs, checkedOut).when(checkOut).then()
  })
  it('is refused for another order, and once the cart is merged', () => {
    spec
      .given(created, twoMugs, checkedOut)
      .when({ ...checkOut, orderId: 'ord_2' })
      .thenRefused('cart_closed')
    spec.given(created, twoMugs, merged).when(checkOut).thenRefused('cart_closed')
  })
})

describe('AbandonCart', () => {
  const abandon = { type: 'AbandonCart' } as const

  it('abandons a cart with lines', () => {
    const { state } = spec.given(created, twoMugs).when(abandon).then(abandoned)
    expect(state?.status).toBe('abandoned')
  })
  it.each<[string, CartEvent[]]>([
    ['an empty one', []],
    ['one that is abandoned', [twoMugs, abandoned]],
    ['one that is checked out', [twoMugs, checkedOut]],
    ['one that is merged', [twoMugs, merged]],
  ])('changes nothing for %s', (_, events) => {
    spec
      .given(created, ...events)
      .when(abandon)
      .then()
  })
})
