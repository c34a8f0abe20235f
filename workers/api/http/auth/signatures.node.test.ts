import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signatureHeader, verifySignature } from './signatures.ts'

const secret = 'whsec_test_secret'
const body = '{"id":"evt_test_webhook","object":"event"}'
/** What Stripe's own library (stripe-node 23.1.0, `generateTestHeaderString`) makes of the body above. */
const signed = 't=1614265330,v1=3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff'
const then = 1_614_265_330_000

const check = (fields: Partial<Parameters<typeof verifySignature>[0]> = {}) =>
  verifySignature({ header: signed, body, secret, now: then, ...fields })

describe('a signature', () => {
  it('of Stripe holds', () => {
    expect(check()).toBeNull()
    expect(signatureHeader(body, secret, then)).toBe(signed)
  })
  it('of a body outside of ASCII holds', () => {
    const header = 't=1614265330,v1=4af05d007efc5fb96908893fc8c74c68369509d4d16fc33b2e31192ac7980338'
    expect(check({ header, body: '{"name":"Zoë ☂"}' })).toBeNull()
  })
  it('may stand among others: of an older secret, and of a scheme that does not count', () => {
    const [timestamp, right] = signed.split(',')
    const wrong = `v1=${'0'.repeat(64)}`
    for (const header of [
      `${timestamp},${wrong},${right}`,
      `${timestamp}, ${right}, ${wrong}`,
      `${right},${timestamp},v0=${'1'.repeat(64)}`,
    ])
      expect(check({ header }), header).toBeNull()
    expect(check({ header: `${timestamp},${right?.replace('v1', 'v0')}` })).toBe('malformed')
  })
  it.each([
    ['of another body', { body: `${body} ` }],
    ['by another secret', { secret: 'whsec_other' }],
    ['for another time', { header: signed.replace('1614265330', '1614265331') }],
    ['cut short', { header: signed.slice(0, -2) }],
    ['that is no hexadecimal', { header: 't=1614265330,v1=zz' }],
    ['in capitals', { header: `t=1614265330,v1=${signed.slice(-64).toUpperCase()}` }],
  ])('%s does not hold', (_, fields) => {
    expect(check(fields)).toBe('mismatch')
  })
  it.each([
    [undefined, 'missing'],
    ['', 'malformed'],
    ['t=1614265330', 'malformed'],
    ['v1=3c58', 'malformed'],
    [signed.replace('t=1614265330', 't=soon'), 'malformed'],
    [signed.replace('t=1614265330', 't='), 'malformed'],
    [signed.replace('t=1614265330', `t=${'9'.repeat(40)}`), 'malformed'],
  ])('in %j is %s', (header, fault) => {
    expect(check({ header })).toBe(fault)
  })
  it.each([
    [300_000, null],
    [300_001, 'too_old'],
    [-300_000, null],
    [-300_001, 'from_the_future'],
  ])('%i ms later: %s', (later, fault) => {
    expect(check({ now: then + later })).toBe(fault)
  })
  it('says nothing of time to those who do not know the secret', () => {
    expect(check({ secret: 'whsec_other', now: then + 1_000_000 })).toBe('mismatch')
  })
  it('holds for what was signed, and for nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string({ minLength: 1 }), (one, other, key) => {
        const header = signatureHeader(one, key, then)
        expect(check({ header, body: one, secret: key })).toBeNull()
        expect(check({ header, body: other, secret: key })).toBe(one === other ? null : 'mismatch')
      }),
    )
  })
})
