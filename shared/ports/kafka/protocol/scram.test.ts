import { Buffer } from 'node:buffer'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Scram } from './scram.ts'

const NONCE = 'client-nonce'
const SALT = 'c2FsdA=='
const PASSWORD = 'p,=ä'

/** What a broker that knows the password says first. */
function serverFirst({ nonce = `${NONCE}-and-server`, rounds = 4_096 } = {}): string {
  return `r=${nonce},s=${SALT},i=${rounds}`
}

/** Checks the client's proof as a broker does, by the stored key (RFC 5802, section 3); returns what it says last. */
function serverFinal(exchange: Scram, password: string): string {
  const first = serverFirst()
  const final = exchange.final(first)
  const [withoutProof = '', proof = ''] = final.split(',p=')
  const signed = [exchange.first().slice('n,,'.length), first, withoutProof].join(',')
  const salted = pbkdf2Sync(password, Buffer.from(SALT, 'base64'), 4_096, 64, 'sha512')
  const storedKey = createHash('sha512')
    .update(createHmac('sha512', salted).update('Client Key').digest())
    .digest()
  const signature = createHmac('sha512', storedKey).update(signed).digest()
  const clientKey = Buffer.from(proof, 'base64').map(
    (byte: number, index: number) => byte ^ (signature[index] ?? 0),
  )
  if (!createHash('sha512').update(clientKey).digest().equals(storedKey)) return 'e=invalid-proof'
  const serverKey = createHmac('sha512', salted).update('Server Key').digest()
  return `v=${createHmac('sha512', serverKey).update(signed).digest('base64')}`
}

describe('a log-in by SCRAM-SHA-512', () => {
  it('proves the password, and has the broker prove it', () => {
    const exchange = new Scram('petrel', PASSWORD, NONCE)
    expect(exchange.first()).toBe('n,,n=petrel,r=client-nonce')
    const answer = serverFinal(exchange, PASSWORD)
    expect(answer).toMatch(/^v=/)
    exchange.verify(answer)
  })

  it('fails with another password, and with a broker that does not know it', () => {
    const exchange = new Scram('petrel', 'another', NONCE)
    expect(serverFinal(exchange, PASSWORD)).toBe('e=invalid-proof')
    for (const answer of ['e=invalid-proof', 'v=', `v=${Buffer.alloc(64).toString('base64')}`])
      expect(() => exchange.verify(answer)).toThrow('the broker does not know the password')
  })

  it('writes names with signs of the protocol in them', () => {
    expect(new Scram('a=b,c,d', PASSWORD, NONCE).first()).toBe('n,,n=a=3Db=2Cc=2Cd,r=client-nonce')
  })

  it.each([
    ['to another nonce', { nonce: 'other-nonce' }],
    ['to another nonce', { nonce: NONCE }],
    ['for 1 rounds', { rounds: 1 }],
    ['for 100000000 rounds', { rounds: 100_000_000 }],
  ])('ends when the broker answers or asks %s: %j', (reason, first) => {
    expect(() => new Scram('petrel', PASSWORD, NONCE).final(serverFirst(first))).toThrow(reason)
  })

  it('has a nonce of its own each time', () => {
    expect(new Scram('petrel', PASSWORD).first()).not.toBe(new Scram('petrel', PASSWORD).first())
  })
})
