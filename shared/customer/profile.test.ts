import { describe, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
import { customer } from './aggregate.ts'
import { CUSTOMER_ID, profile, registered, started, suspended } from './customer.fixture.ts'
import type { CustomerEvent, Profile } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const address = {
  name: 'Ada',
  line1: '1 Main Street',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
}

function updated(after: Profile, ...changed: string[]): CustomerEvent {
  return { type: 'CustomerProfileUpdated', data: { profile: after, changed } }
}

describe('UpdateProfile', () => {
  it('changes what is given, reports what changed, and keeps the rest', () => {
    const after = { ...profile, name: 'Ada King', phone: '+1 555 0100' }
    spec
      .given(started, registered)
      .when({ type: 'UpdateProfile', phone: '+1 555 0100', name: 'Ada King' })
      .then(updated(after, 'name', 'phone'))
    spec
      .given(started, registered, updated(after, 'name', 'phone'))
      .when({
        type: 'UpdateProfile',
        birthDate: '1990-12-10',
        addresses: [address],
        marketingConsent: true,
      })
      .then(
        updated(
          { ...after, birthDate: '1990-12-10', addresses: [address], marketingConsent: true },
          'birthDate',
          'addresses',
          'marketingConsent',
        ),
      )
  })
  it('may come before the address is verified', () => {
    spec
      .given(started)
      .when({ type: 'UpdateProfile', name: 'Ada King' })
      .then(updated({ ...profile, name: 'Ada King' }, 'name'))
  })
  it('removes the phone number when it is empty', () => {
    spec
      .given(started, updated({ ...profile, phone: '1' }, 'phone'))
      .when({ type: 'UpdateProfile', phone: '' })
      .then(updated(profile, 'phone'))
  })
  it('removes addresses that are left out of the list', () => {
    spec
      .given(started, updated({ ...profile, addresses: [address] }, 'addresses'))
      .when({ type: 'UpdateProfile', addresses: [] })
      .then(updated(profile, 'addresses'))
  })
  it('changes nothing when all is as it was', () => {
    spec.given(started).when({ type: 'UpdateProfile' }).then()
    spec
      .given(started, updated({ ...profile, addresses: [address] }, 'addresses'))
      .when({ type: 'UpdateProfile', name: 'Ada', addresses: [address], marketingConsent: false, phone: '' })
      .then()
  })
  it('is refused for a suspended customer', () => {
    spec
      .given(started, registered, suspended)
      .when({ type: 'UpdateProfile', name: 'Ada King' })
      .thenRefused('customer_suspended')
  })
})
