import { expect, it } from 'vitest'
import { DAY } from '../../shared/core/time.ts'
import { markerOf } from '../workload/markers.ts'
import { nothingLeftOfErased, nothingPersonalAtSink, nothingPersonalInErrors } from './personal-data.ts'
import { Shop } from './shop.fixture.ts'
import { exchange, ordered, registered, SKU, stocked } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)
const NAME = markerOf(7)
const TOKEN = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq'
const MAIL = {
  id: 'm',
  to: 'a',
  subject: 'b',
  text: `Your code is 123456.\nOpen /verify?token=${TOKEN}`,
  html: '',
  at: 0,
}

it('finds personal data and secrets at the sink', () => {
  const shop = new Shop()
  stocked(shop)
  ordered(shop, registered(shop, NAME), { name: NAME })
  const inspection = shop.inspection({ mails: [MAIL] })
  expect(nothingPersonalAtSink.check(inspection)).toEqual([])
  const arrivals = [`{"name":"${NAME.toLowerCase()}"}`, `{"token":"${TOKEN}"}`].map((text) => ({
    text,
    at: 0,
    isRepeat: false,
    repeatOf: null,
  }))
  expect(messagesOf(nothingPersonalAtSink.check({ ...inspection, arrivals }))).toEqual([
    `The sink has personal data of the customer ${NAME}: {"name":"${NAME.toLowerCase()}"}`,
    expect.stringContaining('The sink has a one-time secret'),
  ])
})

it('finds personal data and secrets in error lines', () => {
  const check = (...errors: string[]) =>
    nothingPersonalInErrors.check(new Shop().inspection({ errors, mails: [MAIL] }))
  expect(check('{"fault":"Error: down","id":"0123456789","count":654321}')).toEqual([])
  expect(check(`to ${NAME}@example.com`)).toHaveLength(1)
  expect(check('code 123456')).toHaveLength(1)
  expect(check(`token=${TOKEN}`)).toHaveLength(1)
  expect(check('Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjdXNfMSJ9.c2lnbmF0dXJlMTIz')).toHaveLength(1)
})

it('finds what is left of an erased customer', () => {
  const shop = new Shop()
  stocked(shop)
  const customer = registered(shop, NAME)
  const order = ordered(shop, customer, { name: NAME })
  const exchanges = [
    exchange('POST', '/v1/customers', { status: 201, body: { id: customer } }, { body: { name: NAME } }),
  ]
  shop.run('customer', customer, { type: 'EraseCustomer', reason: 'customer_request' })
  // The parcel of an order under way needs its address.
  expect(nothingLeftOfErased.check(shop.inspection({ exchanges }))).toEqual([])
  shop.run('order', order, { type: 'CancelOrder', reason: 'customer_request', detail: '' })
  shop.pass(DAY)
  expect(messagesOf(nothingLeftOfErased.check(shop.inspection({ exchanges })))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        `customer/${customer} is erased, but the table log of OrderObject ${order} still has ${NAME}`,
      ),
    ]),
  )
  shop.object('order', order).changeLog(`UPDATE events SET data = replace(data, ?, 'x')`, NAME)
  for (const { className, name } of shop.inspection().objects)
    if (className === 'DeliveryObject')
      shop.object('delivery', name).changeLog(`UPDATE events SET data = replace(data, ?, 'x')`, NAME)
  expect(nothingLeftOfErased.check(shop.inspection({ exchanges }))).toEqual([])
  shop.inspection()
  shop.database.change(`UPDATE products SET item = json_set(item, '$.by', ?) WHERE id = ?`, NAME, SKU)
  shop.database.change('INSERT INTO customers_search (rowid, words) VALUES (9, ?)', NAME)
  const inspection = { ...shop.inspection({ exchanges }), bucket: () => [{ key: 'a', text: NAME }] }
  shop.database.change(`UPDATE products SET item = json_set(item, '$.by', ?) WHERE id = ?`, NAME, SKU)
  expect(messagesOf(nothingLeftOfErased.check(inspection))).toEqual([
    expect.stringMatching('the table products of the read database still has'),
    expect.stringMatching('the search of customers still finds'),
    expect.stringMatching('the object a of the bucket still has'),
  ])
})
