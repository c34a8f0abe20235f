import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CardNetwork, cardNumberRules } from './card-networks.ts'
import { containsCardNumber, findCardNumber } from './card-number.ts'
import { digitRuns } from './digit-groups.ts'

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

const networks: readonly CardNetwork[] = cardNumberRules.networks
const payload = fc
  .constantFrom(...networks)
  .chain(({ prefixes, lengths }) =>
    fc
      .tuple(fc.constantFrom(...prefixes), fc.constantFrom(...lengths))
      .chain(([[first, last], length]) =>
        fc
          .tuple(fc.integer({ min: first, max: last }).map(String), digits(length - 1 - String(first).length))
          .map((parts) => parts.join('')),
      ),
  )
const card = payload.map((start) => `${start}${checkDigit(start)}`)

const separators = [
  ' ',
  '-',
  '.',
  '/',
  '\n',
  '\t',
  '  ',
  ' - ',
  '\u200b',
  '\u00a0',
  '_',
  ',',
  ':',
  '|',
  '*',
  '·',
  '—',
  '\u2060',
  '👉',
  '"',
]

/** The same digits with at most one separator after each, as one of these is. */
const separated = (number: string) =>
  fc
    .array(fc.constantFrom('', '', '', '', ...separators), {
      minLength: number.length - 1,
      maxLength: number.length - 1,
    })
    .map((gaps) => [...number].map((digit, index) => digit + (gaps[index] ?? '')).join(''))

const words = fc.constantFrom(
  '',
  'Visa',
  'pm',
  'card: ',
  'No.',
  '卡',
  'my card is "',
  '(',
  '/v1/orders/',
  'pay, ',
  'pm_',
  'über.',
)
const endings = fc.constantFrom('', 'exp', 'a', '号', '.', '" please', ')', ', exp 12/28', '?x=1', '\n', '_1')

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
  it.each(['0', '1', '2220', '2721', '31', '35', '306', '7', '8', '9', '3527', '3590'])(
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
    expect(findCardNumber('42424242 and 42424242')).toBe(false)
  })
  it.each(['40, 42, 44, 46, 48, 50, 52, 55', '42; 42; 42; 42; 42; 42; 42; 42', '34, 36, 38, 40, 42, 44, 46'])(
    'takes the list %s for no number',
    (list) => {
      expect(findCardNumber(list)).toBe(false)
    },
  )

  it('finds nothing within a longer run of digits', () => {
    fc.assert(
      fc.property(card, fc.integer({ min: 20, max: 60 }), (number, length) => {
        expect(findCardNumber(number.padEnd(length, '0'))).toBe(false)
      }),
    )
  })
  it('finds a number in the digits of every script that Unicode has', () => {
    const zeros = Array.from({ length: 0x20000 }, (_, point) => point).filter(
      (point) => /\p{Nd}/u.test(String.fromCodePoint(point)) && Number.isInteger(point),
    )
    // In each block the digits stand together from 0 to 9.
    for (let index = 0; index < zeros.length; index += 10) {
      const zero = zeros[index] ?? 0
      const written = (number: string) =>
        [...number].map((digit) => String.fromCodePoint(zero + Number(digit))).join('')
      expect([zero, findCardNumber(written(cards.visa))]).toEqual([zero, true])
      expect([zero, findCardNumber(written('4242424242424241'))]).toEqual([zero, false])
    }
  })
  it('finds digits in circles, raised, and as keycaps', () => {
    const circled = [...'4242424242424242'].map((digit) => String.fromCodePoint(0x245f + Number(digit)))
    const keycaps = [...'4242424242424242'].map((digit) => `${digit}\ufe0f\u20e3`)
    for (const text of [circled.join(''), keycaps.join(''), '⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²'])
      expect(findCardNumber(text)).toBe(true)
  })

  /** Only decimal digits, as some UUIDs happen to be: the hardest ones to tell from a number. */
  const digitUuid = fc
    .tuple(digits(8), digits(4), fc.integer({ min: 1, max: 8 }), digits(3), digits(4), digits(12))
    .map(([a, b, version, c, d, e]) => `${a}-${b}-${version}${c}-8${d.slice(1)}-${e}`)
  const uuid = fc.oneof(
    fc.uuid(),
    fc.uuid({ version: 7 }),
    fc.uuid({ version: 5 }),
    fc.uuid({ version: 4 }),
    digitUuid,
  )
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
  it('finds nothing in times of day with a fraction and an offset, nor in dates written by day first', () => {
    const two = (most: number, least = 0) =>
      fc.integer({ min: least, max: most }).map((number) => String(number).padStart(2, '0'))
    const time = fc
      .tuple(two(23), two(59), two(59), fc.integer({ min: 1, max: 9 }).chain(digits))
      .map(([hour, minute, second, fraction]) => `${hour}:${minute}:${second}.${fraction}`)
    const day = fc
      .tuple(two(31, 1), two(12, 1), fc.integer({ min: 1900, max: 2199 }))
      .map((all) => all.join('.'))
    fc.assert(
      fc.property(day, time, two(14), (date, at, offset) => {
        expect(findCardNumber(`${date} ${at}`)).toBe(false)
        expect(findCardNumber(`${date} ${at.slice(0, 8)}`)).toBe(false)
        expect(findCardNumber(`${date} - ${date}`)).toBe(false)
        expect(findCardNumber(`2026-11-28T${at}+${offset}:00`)).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })
  it('finds nothing in hashes, whatever the digits in them', () => {
    const hex = (length: number) => digits(length - 1).map((rest) => `a${rest}`)
    fc.assert(
      fc.property(fc.constantFrom(24, 32, 40, 64, 128).chain(hex), (hash) => {
        expect(findCardNumber(hash)).toBe(false)
      }),
    )
    expect(findCardNumber('a4242424242424242aaaaaaa')).toBe(false)
    expect(findCardNumber('a4242424242424242aaaaaaa ')).toBe(false)
    expect(findCardNumber('a4242424242424242aaaaa')).toBe(true)
  })
  it('reads each character a bounded number of times, however long the text', () => {
    for (const unit of ['1', '1-', '4242 ', '4'.repeat(19), '٤', '4\u200b', '①', '𝟒-', 'é4', '4242\u0301'])
      expect(readsOf(unit.repeat(4_000))).toBeLessThan(3 * readsOf(unit.repeat(2_000)))
  })
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
    expect(containsCardNumber(JSON.parse('5555555555554444444'))).toBe(false)
    expect(containsCardNumber(JSON.parse('63040000000000001230'))).toBe(false)
  })
  it('reaches any depth', () => {
    const depth = 30_000
    expect(containsCardNumber(JSON.parse(`${'['.repeat(depth)}"${cards.visa}"${']'.repeat(depth)}`))).toBe(
      true,
    )
  })

  const gtin = fc
    .constantFrom(7, 11, 12, 13)
    .chain(digits)
    .map((start) => {
      const weighted = [...start]
        .reverse()
        .reduce((sum, digit, at) => sum + Number(digit) * (at % 2 ? 1 : 3), 0)
      return `${start}${(10 - (weighted % 10)) % 10}`
    })
  const phone = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 6, max: 14 }).chain(digits))
    .map(([first, rest]) => `+${first}${rest}`)
  const grouped = phone.map((number) => number.replaceAll(/(\d{3})(?=\d)/g, '$1 '))

  it('finds nothing in a telephone number, a barcode or a tracking number in its own field', () => {
    fc.assert(
      fc.property(fc.oneof(phone, grouped), gtin, card, (number, barcode, tracking) => {
        const lines = [{ sku: barcode, quantity: 1 }]
        expect(containsCardNumber({ phone: number, lines, conditions: { skus: [barcode] } })).toBe(false)
        expect(containsCardNumber({ trackingNumber: tracking })).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
  it.each([
    ['a telephone number without its plus', { phone: '4222222222222' }],
    ['one of more digits than any has', { phone: `+${cards.visa}` }],
    ['a SKU that is no barcode', { sku: '4222222222222' }],
    ['a SKU with more in it than a barcode', { sku: `MUG-${cards.visa}` }],
    ['words in the field of a tracking number', { trackingNumber: `card: ${cards.visa}` }],
    ['a telephone number in a field that does not say so', { note: '+4222222222222' }],
    ['a field of the prototype', { constructor: cards.visa, __proto__: cards.visa, toString: cards.visa }],
    ['a text that says it is money', { amount: cards.visa }],
  ])('finds %s', (_, value) => {
    expect(containsCardNumber(value)).toBe(true)
  })
  it('takes what is money for money', () => {
    expect(containsCardNumber({ amount: 4_242_424_242_424_242, currency: 'IDR' })).toBe(false)
    expect(containsCardNumber({ quantity: 4_242_424_242_424_242 })).toBe(true)
  })
})

/** How many characters are looked at, over all digits that are read and looked at again. */
function readsOf(text: string): number {
  let reads = 0
  const counted: string = new Proxy(Object(text), {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  for (const run of digitRuns(counted)) reads += run.length
  return reads
}
