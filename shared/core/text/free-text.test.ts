import { expect, it } from 'vitest'
import { freeField } from './free-text.ts'

const reason = freeField('operator', 'order_ended')

it('a free field tells the codes that are declared for it', () => {
  expect(['operator', 'order_ended'].map(reason)).toEqual(['operator', 'order_ended'])
})
it.each([
  'ada_lovelace_called',
  'ada',
  'order_ended ',
  'Operator',
  'operator_ada',
  'nobody home',
  '',
  'constructor',
])('a free field does not tell %j, whatever it looks like', (typed) => {
  expect(reason(typed)).toBe('free_text')
  expect(freeField()(typed)).toBe('free_text')
})
it('what is hidden stays so when it is told again', () => {
  expect(reason(reason('ada'))).toBe('free_text')
})
