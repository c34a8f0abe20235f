import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivedId, idSchema, newId, promotionCodeSchema, skuSchema } from './ids.ts'

const prefixes = ['cus', 'crt', 'ord', 'xyz']
const anyPrefix = fc.constantFrom(...prefixes)

describe('idSchema', () => {
  it('accepts what newId and derivedId make, under its own prefix only', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, fc.array(fc.string()), (prefix, other, names) => {
        for (const id of [newId(prefix), derivedId(prefix, ...names)])
          expect(idSchema(other).safeParse(id).success).toBe(other === prefix)
      }),
    )
  })
  it.each([
    'ord_',
    'ord_1',
    '01939a2e-0000-7000-8000-000000000001',
    'ord_01939A2E-0000-7000-8000-000000000001',
    'ord-01939a2e-0000-7000-8000-000000000001',
    'ord_01939a2e-0000-7000-8000-0000000000012',
    'ord_01939a2e-0000-7000-8000-000000000001\n',
    ' ord_01939a2e-0000-7000-8000-000000000001',
    'xord_01939a2e-0000-7000-8000-000000000001',
    '',
    1,
    null,
  ])('refuses %j', (value) => {
    expect(idSchema('ord').safeParse(value).success).toBe(false)
  })
  it('has a prefix of its own for each kind', () => {
    expect(new Set(prefixes).size).toBe(prefixes.length)
  })
})

describe('newId', () => {
  it('never repeats itself and sorts by the time it was made', () => {
    const ids = Array.from({ length: 1_000 }, () => newId('ord'))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
  })
})

describe('derivedId', () => {
  it('is the same today as on the day it was first given', () => {
    // Worked out apart from this code, by Python's uuid.uuid5: a changed namespace would lose every retry.
    expect(derivedId('ord', 'cus_1', 'key')).toBe('ord_8d5a8b2d-4da1-5e53-a989-88e50a7abc54')
  })
  it('is the same for the same names', () => {
    fc.assert(
      fc.property(anyPrefix, fc.array(fc.string()), (prefix, names) => {
        expect(derivedId(prefix, ...names)).toBe(derivedId(prefix, ...names))
      }),
    )
  })
  it('differs for different names, however they are cut', () => {
    const names = fc.array(fc.string())
    fc.assert(
      fc.property(names, names, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))
        expect(derivedId('ord', ...one)).not.toBe(derivedId('ord', ...other))
      }),
    )
    const cuts = [['ab', 'c'], ['a', 'bc'], ['abc'], ['ab', '', 'c'], ['ab,c'], ['ab","c']]
    expect(new Set(cuts.map((cut) => derivedId('ord', ...cut))).size).toBe(cuts.length)
  })
})

describe('skuSchema', () => {
  it('accepts letters, digits, dot, dash and underscore, as they are', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), (sku) => {
        expect(skuSchema.parse(sku)).toBe(sku)
      }),
    )
  })
  it.each(['', '.', '-mug', '..', 'a b', 'a/b', 'a?b', 'a#b', 'Tässchen', 'a\n', ' a', 'x'.repeat(65), 7])(
    'refuses %j',
    (value) => {
      expect(skuSchema.safeParse(value).success).toBe(false)
    },
  )
  it('leaves nothing that a URL path would have to escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 70 }), (text) => {
        if (skuSchema.safeParse(text).success) expect(encodeURIComponent(text)).toBe(text)
      }),
    )
  })
})

describe('promotionCodeSchema', () => {
  it('makes one code of all ways to write it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$/), (code) => {
        for (const written of [code, code.toLowerCase(), ` ${code}\t`])
          expect(promotionCodeSchema.parse(written)).toBe(code.toUpperCase())
      }),
    )
  })
  it('reads its own result as the same code', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = promotionCodeSchema.safeParse(text)
        if (read.success) expect(promotionCodeSchema.parse(read.data)).toBe(read.data)
      }),
    )
  })
  it.each(['', 'AB', '-ABC', '_ABC', 'A B C', 'SPRING%', 'É10', 'x'.repeat(41), '   ', null])(
    'refuses %j',
    (value) => {
      expect(promotionCodeSchema.safeParse(value).success).toBe(false)
    },
  )
  it.each(['ßab', 'ﬁx', 'wınter', 'ſale'])(
    'does not take %j for the letters that it has in upper case',
    (value) => {
      expect(promotionCodeSchema.safeParse(value).success).toBe(false)
    },
  )
})
