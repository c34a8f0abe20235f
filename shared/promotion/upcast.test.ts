import { expect, it } from 'vitest'
import { promotionEvent } from './events.ts'
import { promotionUpcasters } from './upcast.ts'

it('a claim of the first release knew of no decision', () => {
  const data = {
    code: 'SPRING',
    orderId: 'ord_1',
    terms: {
      code: 'SPRING',
      gift: { kind: 'percentage', value: { percent: 10 } },
      class: 'order',
      combinesWith: [],
      exclusive: false,
      priority: 0,
    },
    discount: { amount: 1, currency: 'USD' },
    uses: 1,
  }
  const steps = promotionUpcasters.PromotionApplied ?? []
  const upcast = steps.reduce<unknown>((form, step) => step(form), data)
  expect(promotionEvent.parse({ type: 'PromotionApplied', data: upcast })).toEqual({
    type: 'PromotionApplied',
    data: { ...data, decisions: [] },
  })
})
