import { describe, expect, it } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { orderedMug } from '../delivery/routes.fixture.ts'
import { customer, operator, send } from '../http/request.fixture.ts'
import { buyer, product } from '../promotion/routes.fixture.ts'

const ada = { name: 'Ada', line1: '1 Main St' }
const fresno = { city: 'Fresno', postalCode: '93650', country: 'US' }

/** Foresees an order of a customer, to be sent to an address. */
async function shop() {
  const [as, sku] = await Promise.all([buyer(), product(900)])
  return (address: object, more: object = {}) =>
    send('POST', '/orders?dryRun=true', {
      as,
      body: { lines: [{ sku, quantity: 1 }], shippingAddress: { ...ada, ...address }, ...more },
    })
}

describe('the address of an order', () => {
  it.each([
    { region: 'Kowloon', country: 'HK' },
    { region: 'Dubai', country: 'AE' },
    { city: 'Doha', country: 'QA' },
    { city: 'Panamá', country: 'PA' },
    { city: 'Dublin', country: 'IE' },
    { postalCode: '018956', country: 'SG' },
    { postalCode: '98000', country: 'MC' },
    { ...fresno },
    { ...fresno, region: 'California' },
  ])('is complete as its country has it: %o', async (address) => {
    const order = await shop()
    expect(await order(address)).toMatchObject({ status: 200, body: { refusal: null } })
  })
  it.each([
    ['/shippingAddress/postalCode', 'malformed_postal_code', { ...fresno, region: 'CA', postalCode: '9365' }],
    ['/shippingAddress/region', 'unknown_region', { ...fresno, region: 'Kalifornia' }],
    ['/shippingAddress/city', 'required', { postalCode: '93650', country: 'US' }],
    ['/shippingAddress/region', 'required', { city: 'Queanbeyan', postalCode: '2620', country: 'AU' }],
    ['/shippingAddress/country', 'unknown_country', { city: 'Pristina', postalCode: '10000', country: 'XK' }],
  ])('is told by %s as %s', async (pointer, code, address) => {
    const order = await shop()
    expect(await order(address)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer, code }] },
    })
  })
  it.each(['99501', '96813', '09012', '00901'])(
    'gets no service that does not go to the ZIP %s, whatever state is given',
    async (postalCode) => {
      const order = await shop()
      for (const region of [undefined, 'CA']) {
        const answer = await order({ ...fresno, postalCode, region }, { shippingService: 'express' })
        expect(answer).toMatchObject({ body: { refusal: { errors: [{ code: 'no_carrier' }] } } })
      }
    },
  )
})

it('is one rule for profiles and for parcels too', async () => {
  const id = await register()
  const save = (address: object) =>
    send('PATCH', `/customers/${id}`, { as: customer(id), body: { addresses: [{ ...ada, ...address }] } })
  expect(await save({ ...fresno, postalCode: '1' })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/addresses/0/postalCode', code: 'malformed_postal_code' }] },
  })
  expect(await save(fresno)).toMatchObject({ status: 200 })
  const history = await send('GET', `/customers/${id}/events`, { as: operator })
  expect(JSON.stringify(history.body)).toContain('"region":"CA"')

  const parcel = await orderedMug('ADDRESS-RULE')
  const move = (address: object) =>
    send('POST', `/deliveries/${parcel.id}/address`, {
      as: operator,
      body: { address: { ...ada, ...address } },
    })
  expect(await move({ postalCode: '93650', country: 'US' })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/address/city', code: 'required' }] },
  })
  expect(await move({ ...fresno, region: 'us-ca' })).toMatchObject({
    status: 200,
    body: { address: { region: 'CA' } },
  })
})
