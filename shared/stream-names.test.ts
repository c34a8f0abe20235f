import { describe, expect, it } from 'vitest'
import { newId } from './core/ids.ts'
import { streamName, streamNamed } from './stream-names.ts'

describe('the name of a stream', () => {
  it.each([
    { kind: 'order', id: newId('ord') },
    { kind: 'customer', id: newId('cus') },
    { kind: 'cart', id: newId('crt') },
    { kind: 'payment', id: newId('pay') },
    { kind: 'delivery', id: newId('dlv') },
    { kind: 'review', id: newId('rev') },
    { kind: 'product', id: 'MUG' },
    { kind: 'inventory', id: 'MUG' },
    { kind: 'promotion', id: 'SPRING_10' },
    { kind: 'email_address', id: 'a1b2' },
    { kind: 'customer_profile', id: newId('cus') },
  ])('is read as it is written: %o', (stream) => {
    expect(streamNamed(streamName(stream.kind, stream.id))).toEqual(stream)
  })

  it.each([
    '',
    'MUG',
    'ord_',
    'ord_1',
    'xyz_01939a2e-0000-7000-8000-000000000000',
    'product/',
    'wombat/1',
    `order/${newId('ord')}`,
    `customer/${newId('cus')}`,
    `${newId('ord')}/3`,
    'constructor/1',
  ])('%j is none', (name) => {
    expect(streamNamed(name)).toBeNull()
  })
})
