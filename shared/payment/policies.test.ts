import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containsCardNumber, findCardNumber, paymentRules, paymentSecurityPolicy } from './policies.ts'

/** Published test numbers of the networks. */
const cards = {
  visa: '4242424242424242',
  'visa, 13 digits': '4222222222222',
  mastercard: '5555555555554444',
  'mastercard, 2-series': '2223003122003222',
  'american express': '378282246310005',
  discover: '6011111111111117',
  'diners club': '30569309025904',
  jcb: '3530111333300000',
  unionpay: '6200000000000005',
  maestro: '6759649826438453',
  'maestro, 19 digits': '6304000000000000000',
}

const digits = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }).map((all) => all.join(''))

/** By Luhn's rule as it is told: from the right, each second digit doubled, its digits summed. */
function checkDigit(payload: string): number {
  const doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
  const total = [...payload]
    .reverse()
    .map(Number)
    .reduce((sum, digit, index) => sum + (index % 2 === 0 ? (doubled[digit] ?? 0) : digit), 0)
  return (10 - (total % 10)) % 10
}

const ranges = paymentRules.cardNumber.networks.flatMap(({ prefixes }): (readonly [number, number])[] => [
  ...prefixes,
])
const prefix = fc
  .constantFrom(...ranges)
  .chain(([first, last]) => fc.integer({ min: first, max: last }).map(String))
const payload = fc
  .tuple(prefix, fc.integer({ min: 13, max: 19 }))
  .chain(([start, length]) => digits(length - 1 - start.length).map((rest) => start + rest))
const card = payload.map((start) => `${start}${checkDigit(start)}`)

/** The same digits with at most one separator after each, as one of these is. */
const separated = (number: string) =>
  fc
    .array(fc.constantFrom('', '', '', '', ' ', '-', '.', '/', '\n', '\t', '  ', ' - ', '\u200b', '\u00a0'), {
      minLength: number.length - 1,
      maxLength: number.length - 1,
    })
    .map((gaps) => [...number].map((digit, index) => digit + (gaps[index] ?? '')).join(''))

const words = fc.constantFrom('', 'card: ', 'my card is "', '(', '/v1/orders/', 'pay, ', 'pm_', 'über.')
const endings = fc.constantFrom('', '.', '" please', ')', ', exp 12/28', '?x=1', '\n', '_1')

describe('findCardNumber', () => {
  it.each([
    '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢',
    '۴۲۴۲ ۴۲۴۲ ۴۲۴۲ ۴۲۴۲',
    '४२४२४२४२४२४२४२४२',
    '４２４２４２４２４２４２４２４２',
  ])('finds %s, whatever the script of its digits', (number) => {
    expect(findCardNumber(number)).toBe(true)
  })
  it.each(Object.entries(cards))('finds %s', (_, number) => {
    expect(findCardNumber(number)).toBe(true)
  })
  it('finds every number with a network prefix and a right check digit, however it is grouped', () => {
    fc.assert(
      fc.property(card.chain(separated), words, endings, (number, before, after) => {
        expect(findCardNumber(before + number + after)).toBe(true)
      }),
    )
  })
  it('finds no number with a wrong check digit', () => {
    fc.assert(
      fc.property(payload, fc.integer({ min: 1, max: 9 }), (start, off) => {
        expect(findCardNumber(`${start}${(checkDigit(start) + off) % 10}`)).toBe(false)
      }),
    )
  })
  it.each(['0', '1', '2220', '2721', '31', '35', '39', '7', '8', '9', '3527', '3590'])(
    'finds no number that begins with %s, which no network does',
    (start) => {
      const body = start.padEnd(15, '0')
      expect(findCardNumber(`${body}${checkDigit(body)}`)).toBe(false)
    },
  )
  it('finds no number of another length', () => {
    const twelve = '42222222222'
    const twenty = '4222222222222222222'
    expect(findCardNumber(`${twelve}${checkDigit(twelve)}`)).toBe(false)
    expect(findCardNumber(`${twenty}${checkDigit(twenty)}`)).toBe(false)
  })
  it('finds a card beside its expiry date and code, or after another number', () => {
    expect(findCardNumber('4242 4242 4242 4242 12 28 123')).toBe(true)
    expect(findCardNumber('4242424242424242 12-28')).toBe(true)
    expect(findCardNumber('3 3782 822463 10005 1228')).toBe(true)
    expect(findCardNumber('order 12345-4242-4242-4242-4242')).toBe(true)
  })
  it('finds full-width digits, no-break spaces and typographic dashes', () => {
    const fullWidth = [...cards.visa].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
    expect(findCardNumber(fullWidth)).toBe(true)
    expect(findCardNumber('4242\u00a04242\u00a04242\u00a04242')).toBe(true)
    expect(findCardNumber('4242–4242–4242–4242')).toBe(true)
  })
  it('looks for one number, not for two that are further apart', () => {
    expect(findCardNumber('42424242    42424242')).toBe(false)
    expect(findCardNumber('42424242, 42424242')).toBe(false)
  })

  it('finds nothing within a longer word or a longer run of digits', () => {
    const hex = fc.constantFrom(...'abcdefABCDEFxyz')
    fc.assert(
      fc.property(card, hex, fc.boolean(), (number, letter, before) => {
        expect(findCardNumber(before ? letter + number : number + letter)).toBe(false)
      }),
    )
    expect(findCardNumber(`1234567${cards.visa}`)).toBe(false)
  })

  /** Only decimal digits, as some UUIDs happen to be: the hardest ones to tell from a number. */
  const digitUuid = fc
    .tuple(digits(8), digits(4), fc.integer({ min: 1, max: 8 }), digits(3), digits(4), digits(12))
    .map(([a, b, version, c, d, e]) => `${a}-${b}-${version}${c}-8${d.slice(1)}-${e}`)
  const uuid = fc.oneof(fc.uuid({ version: 7 }), fc.uuid({ version: 5 }), fc.uuid({ version: 4 }), digitUuid)
  const id = fc
    .tuple(
      fc.constantFrom('', 'ord_', 'pay_', 'cus_', 'idem-'),
      uuid,
      fc.constantFrom('', '/12', '/12#0.1', '/r1'),
    )
    .map((parts) => parts.join(''))

  it('finds nothing in ids', () => {
    fc.assert(
      fc.property(id, (text) => {
        expect(findCardNumber(text)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
    // Its first three groups are a number that passes Luhn with Visa's prefix.
    expect(findCardNumber('42424242-4242-4242-8242-424242424242')).toBe(false)
  })
  it('still finds a card beside an id, or one that is grouped somewhat like an id', () => {
    expect(findCardNumber(`ord_01939a2e-7000-7000-8000-000000000001 ${cards.visa}`)).toBe(true)
    expect(findCardNumber('42424242-4242-4242')).toBe(true)
    // No UUID has this variant, or this version.
    expect(findCardNumber('42424242-4242-4242-4242-424242424242')).toBe(true)
    expect(findCardNumber('42424242-4242-9001-8242-424242424242')).toBe(true)
  })
  it('finds nothing in dates and times', () => {
    const date = fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(date, date, (from, to) => {
        const [a, b] = [from.toISOString(), to.toISOString()]
        for (const text of [a, a.slice(0, 10), `${a}/${b}`, `${a.slice(0, 10)} ${b.slice(0, 10)}`])
          expect(findCardNumber(text)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
  it.each([
    '+49 151 2345 6789',
    '+55 11 98765 4321',
    '+62 812-3456-7890',
    '+44 20 7946 0958',
    '+86 138 0013 8001',
  ])('finds nothing in the phone number %s', (phone) => {
    expect(findCardNumber(phone)).toBe(false)
  })
  it('takes little time for a text of the largest size that a request may have', () => {
    for (const text of [
      '1'.repeat(65_536),
      '1-'.repeat(32_768),
      `${'4242 '.repeat(13_107)}x`,
      '4'.repeat(65_535).concat('a'),
    ])
      expect(typeof findCardNumber(text)).toBe('boolean')
  }, 1_000)
})

describe('containsCardNumber', () => {
  const bare = fc.jsonValue({ maxDepth: 4 }).filter((value) => !/\d{2}/.test(JSON.stringify(value)))
  const planted = fc.oneof(
    card.map((number): unknown => number),
    card.map((number) => ({ [number]: null })),
    card.map((number): unknown => Number(number)),
  )
  const wrappers = fc.array(fc.tuple(fc.constantFrom('list', 'object'), bare), { maxLength: 6 })
  const wrap = (value: unknown, around: readonly (readonly [string, unknown])[]) =>
    around.reduce<unknown>(
      (inner, [kind, beside]) =>
        kind === 'list' ? [beside, inner, beside] : { a: beside, b: inner, c: beside },
      value,
    )

  it('finds a card wherever it stands: in a text, a key or a number', () => {
    fc.assert(
      fc.property(planted, wrappers, (value, around) => {
        expect(containsCardNumber(JSON.parse(JSON.stringify(wrap(value, around))))).toBe(true)
      }),
    )
  })
  it('finds nothing where there are no long numbers', () => {
    fc.assert(
      fc.property(bare, (value) => {
        expect(containsCardNumber(value)).toBe(false)
      }),
    )
  })
  it('takes amounts, times and fractions for what they are', () => {
    for (const value of [
      100_000_000,
      1_772_366_400_000,
      -1,
      0,
      52.520_006_599_999_99,
      1e300,
      true,
      null,
      undefined,
    ])
      expect(containsCardNumber({ value })).toBe(false)
  })
  it('rejects a number that is too long for its last digits to have been read, if a network has its prefix', () => {
    expect(containsCardNumber(JSON.parse('6304000000000000123'))).toBe(true)
    expect(containsCardNumber(JSON.parse('1304000000000000123'))).toBe(false)
    expect(containsCardNumber(JSON.parse('63040000000000001230'))).toBe(false)
  })
  it('reaches any depth', () => {
    const depth = 30_000
    expect(containsCardNumber(JSON.parse(`${'['.repeat(depth)}"${cards.visa}"${']'.repeat(depth)}`))).toBe(
      true,
    )
  })
})

describe('paymentSecurityPolicy', () => {
  const amount = { amount: 5_000, currency: 'USD' }
  const request = { paymentMethod: 'pm_card_visa' }

  it('allows a method token and the total of the order', () => {
    expect(paymentSecurityPolicy({ request, amount, orderTotal: amount })).toEqual({
      allowed: true,
      reasons: [],
      decision: {
        policy: 'paymentSecurityPolicy',
        rules: ['method_token', 'order_total'],
        inputs: { amount: 5_000, currency: 'USD', orderTotal: 5_000 },
        outcome: 'allowed',
      },
    })
  })
  it.each([
    ['amount_mismatch', { amount: 4_999, currency: 'USD' }],
    ['currency_mismatch', { amount: 5_000, currency: 'EUR' }],
  ])('refuses with %s what the order does not come to', (rule, orderTotal) => {
    expect(paymentSecurityPolicy({ request, amount, orderTotal })).toMatchObject({
      allowed: false,
      reasons: [rule],
      decision: { rules: [rule], outcome: 'refused' },
    })
  })
  it('names its rule and nothing of the number', () => {
    const decision = paymentSecurityPolicy({ request: { note: cards.visa }, amount, orderTotal: amount })
    expect(decision).toMatchObject({ allowed: false, reasons: ['card_number'] })
    expect(JSON.stringify(decision)).not.toContain(cards.visa)
  })
})
