import { expect, it } from 'vitest'
import { streamName } from '../stream-names.ts'

const uuid = '01939a2e-0000-7000-8000-000000000000'

it.each([
  ['order', `ord_${uuid}`, `ord_${uuid}`],
  ['product', 'MUG', 'product/MUG'],
  ['inventory', 'MUG', 'inventory/MUG'],
  ['promotion', 'SPRING', 'promotion/SPRING'],
  ['email_address', 'a0b1', 'email_address/a0b1'],
  ['notebook', 'one', 'notebook/one'],
  // Of another kind than the one that the id was generated for.
  ['inventory', `ord_${uuid}`, `inventory/ord_${uuid}`],
  ['order', `cus_${uuid}`, `order/cus_${uuid}`],
])('the stream of %s %s is named %s', (kind, id, name) => {
  expect(streamName(kind, id)).toBe(name)
})
