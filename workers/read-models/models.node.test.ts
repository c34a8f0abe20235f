import { expect, it } from 'vitest'
import { cart } from '../../shared/cart/aggregate.ts'
import { product } from '../../shared/catalog/aggregate.ts'
import { customer } from '../../shared/customer/aggregate.ts'
import { delivery } from '../../shared/delivery/aggregate.ts'
import { emailAddress } from '../../shared/email-address/aggregate.ts'
import { inventory } from '../../shared/inventory/aggregate.ts'
import { order } from '../../shared/order/aggregate.ts'
import { payment } from '../../shared/payment/aggregate.ts'
import { promotion } from '../../shared/promotion/aggregate.ts'
import { review } from '../../shared/review/aggregate.ts'
import { readModels } from './models.ts'

const aggregates = [
  cart,
  customer,
  delivery,
  emailAddress,
  inventory,
  order,
  payment,
  product,
  promotion,
  review,
]

it('every kind of aggregate that says how it stands in lists has its table, and no other has one', () => {
  const listed = aggregates.filter(({ listing }) => listing !== undefined).map(({ kind }) => kind)
  expect([...readModels.keys()].toSorted()).toEqual(listed.toSorted())
})
