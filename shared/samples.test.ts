import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  brokenPromises,
  neededSamples,
  newestVersion,
  objection,
  storedEventTypes,
  upcast,
} from '../scripts/support/samples.ts'
import { registry } from './registry.ts'

const types = storedEventTypes(registry)
const older = neededSamples(types).filter(({ type, version }) => version < newestVersion(type))

/** What has been stored once can be read for ever: one sample for each version of each event. */
/** Events that may hold more than they could in an older version, and all that they could then. */
const widened: ReadonlySet<string> = new Set([
  'CustomerProfileUpdated.v1',
  'CustomerRegistrationStarted.v1',
  'DeliveryAddressChanged.v1',
  'DeliveryScheduled.v2',
  'EmailAddressReleased.v1',
  'OrderAddressChanged.v1',
  'OrderCancelled.v1',
  'OrderCreated.v2',
  'OrderCreated.v3',
  'OrderCreated.v4',
  'OrderRepriced.v2',
  'OrderRepriced.v3',
  'PromotionCreated.v1',
  'RewardPointsRestored.v1',
])
const isWidened = (file: string) => widened.has(basename(file, '.json'))

describe('stored events', () => {
  it('are found, whatever aggregate they are of', () => {
    const names = types.map(({ context, name }) => `${context}.${name}`)
    expect(new Set(names).size).toBe(names.length)
    for (const name of [
      'cart.ProductAddedToCart',
      'catalog.ProductCreated',
      'customer.CustomerRegistered',
      'customer.EmailAddressClaimed',
      'delivery.DeliveryScheduled',
      'inventory.InventoryReserved',
      'order.OrderCreated',
      'payment.PaymentProcessed',
      'promotion.PromotionCreated',
      'review.ReviewSubmitted',
    ])
      expect(names).toContain(name)
  })
  it('can be read in every version that was ever stored', () => {
    expect(brokenPromises(process.cwd(), types)).toEqual([])
  })
  it('have changed at least once, so that this means something', () => {
    expect(older.map(({ file }) => file)).toContain('contracts/samples/inventory/InventoryReserved.v1.json')
  })
  it.each(older.filter(({ file }) => !isWidened(file)))(
    '$file was of another form, and is brought into today’s',
    ({ type, version, file }) => {
      const stored: unknown = JSON.parse(readFileSync(file, 'utf8'))
      expect(objection(type, stored)).not.toBeNull()
      expect(objection(type, upcast(type, version, stored))).toBeNull()
    },
  )
  it.each(older.filter(({ file }) => isWidened(file)))(
    '$file is read as it is: its version was raised for readers of newer ones',
    ({ type, version, file }) => {
      const stored: unknown = JSON.parse(readFileSync(file, 'utf8'))
      expect(upcast(type, version, stored)).toEqual(stored)
      expect(objection(type, stored)).toBeNull()
    },
  )
})
