import { describe, expect, it } from 'vitest'
import { addressSchema, anyAddress, completeAddressSchema } from './address.ts'
import { addressFormatOf } from './address-format.ts'

const ada = { name: 'Ada', line1: '1 Main St' }
const read = (address: object) => completeAddressSchema.parse({ ...ada, ...address })
/** What is refused of an address: path and code of each fault. */
function faultsOf(address: object): string[] {
  const { error } = completeAddressSchema.safeParse({ ...ada, ...address })
  return (error?.issues ?? []).map(
    (issue) => `${issue.path.join('/')} ${issue.code === 'custom' ? issue.params?.code : issue.code}`,
  )
}

describe('countries', () => {
  it('are the 249 of ISO 3166-1', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
    const known = letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => addressFormatOf(code))
    expect(known).toHaveLength(249)
    for (const code of ['ZZ', 'XX', 'UK', 'EU', 'XK', 'AC', 'TA', 'AN', 'QQ']) {
      expect(known).not.toContain(code)
      expect(faultsOf({ city: 'Somewhere', postalCode: '1000', country: code })).toEqual([
        'country unknown_country',
      ])
    }
  })
})

describe('what an address has to have', () => {
  it.each([
    ['HK', { region: 'Kowloon' }],
    ['HK', { city: 'Central', region: 'Hong Kong Island' }],
    ['HK', { city: 'Hong Kong' }],
    ['AE', { region: 'Dubai' }],
    ['AE', { city: 'Dubai' }],
    ['QA', { city: 'Doha' }],
    ['PA', { city: 'Panamá' }],
    ['IE', { city: 'Dublin', region: 'Co. Dublin' }],
    ['IE', { city: 'Dublin', postalCode: 'D02 X285' }],
    ['JM', { city: 'Kingston', region: 'Kingston' }],
    ['FJ', { city: 'Suva' }],
    ['SG', { postalCode: '018956' }],
    ['MC', { postalCode: '98000' }],
    ['VA', { postalCode: '00120' }],
    ['GI', {}],
    ['MO', {}],
    ['JP', { region: '東京都', postalCode: '100-0001' }],
    ['NR', { region: 'Yaren' }],
    ['DE', { city: 'Berlin', postalCode: '10115' }],
    ['GB', { city: 'London', postalCode: 'SW1A 1AA' }],
    ['NL', { city: 'Utrecht', postalCode: '3511 AB' }],
  ])('is there for %s: %o', (country, rest) => {
    expect(faultsOf({ country, ...rest })).toEqual([])
  })
  it.each([
    ['US', { city: 'Portland' }, ['region required', 'postalCode required']],
    ['US', { postalCode: '97201' }, ['city required']],
    ['US', { city: 'Portland', region: 'Oregano', postalCode: '97201' }, ['region unknown_region']],
    ['US', { city: 'Portland', region: 'OR', postalCode: '9720' }, ['postalCode malformed_postal_code']],
    ['CA', { city: 'Ottawa', region: 'ON', postalCode: 'K1A' }, ['postalCode malformed_postal_code']],
    // The data gives this code to two states.
    ['AU', { city: 'Queanbeyan', postalCode: '2620' }, ['region required']],
    ['DE', { city: 'Berlin' }, ['postalCode required']],
    ['GB', { city: 'London', postalCode: '12345' }, ['postalCode malformed_postal_code']],
    ['SG', {}, ['postalCode required']],
    ['IE', { city: 'Dublin', postalCode: 'D02' }, ['postalCode malformed_postal_code']],
    ['QA', {}, ['city required']],
    ['MC', {}, ['city required']],
    ['HK', {}, ['region required']],
    ['AE', {}, ['region required']],
  ])('is told by its place for %s: %o', (country, rest, faults) => {
    expect(faultsOf({ country, ...rest })).toEqual(faults)
  })
})

describe('a region', () => {
  it.each([
    ['97201', 'OR'],
    ['99501', 'AK'],
    ['96813-1234', 'HI'],
    ['00901', 'PR'],
    ['09012', 'AE'],
    ['34002', 'AA'],
    ['96201', 'AP'],
    ['96910', 'GU'],
    ['96799', 'AS'],
    ['20500', 'DC'],
    ['10001', 'NY'],
    ['06390', undefined],
  ])('of the ZIP %s is %s', (postalCode, region) => {
    const parsed = completeAddressSchema.safeParse({ ...ada, city: 'There', postalCode, country: 'US' })
    expect(parsed.data?.region).toBe(region)
  })
  it('is told by the postal code elsewhere too, written as it is there', () => {
    expect(read({ city: 'Toronto', postalCode: 'm5v3l9', country: 'CA' })).toMatchObject({ region: 'ON' })
    expect(read({ city: 'Milano', postalCode: '20121', country: 'IT' })).toMatchObject({ region: 'MI' })
    expect(read({ postalCode: '060-0001', country: 'JP' })).toMatchObject({ region: '北海道' })
  })
  it.each(['California', 'CA', 'ca', ' us-ca ', 'CALIFORNIA', 'Ca.'])('%s is CA', (region) => {
    expect(read({ city: 'Fresno', region, postalCode: '93650', country: 'us' })).toMatchObject({
      region: 'CA',
    })
  })
  it('is kept as it was written where labels show names, or the data has it in another script', () => {
    expect(read({ region: 'Dubai', country: 'AE' })).toMatchObject({ region: 'Dubai' })
    expect(read({ city: 'Berlin', postalCode: '10115', region: 'Berlin', country: 'DE' })).toMatchObject({
      region: 'Berlin',
    })
  })
})

describe('a postal code', () => {
  it.each([
    ['JP', '１００－０００１', '100-0001'],
    ['LU', 'L-1234', '1234'],
    ['LV', '1010', 'LV-1010'],
    ['GB', 'sw1a 1aa', 'SW1A 1AA'],
    ['SE', '111 22', '111 22'],
    ['SG', '018 956', '018956'],
  ])('in %s, %s is written %s', (country, postalCode, written) => {
    expect(read({ city: 'There', region: 'There', postalCode, country })).toMatchObject({
      postalCode: written,
    })
  })
})

describe('an address that is stored', () => {
  it('is read as it is, whatever its country asks for today', () => {
    const stored = { ...ada, city: 'Portland', postalCode: 'erased', country: 'XX' }
    expect(addressSchema.parse(anyAddress(stored))).toEqual(stored)
  })
  it('stays the same however often it is completed', () => {
    const once = read({ city: 'Fresno', region: 'california', postalCode: '93650', country: 'US' })
    expect(completeAddressSchema.parse(once)).toEqual(once)
  })
})
