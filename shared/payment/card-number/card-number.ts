import { cardNumberRules, isCardNumber, mayBeCardNumber } from './card-networks.ts'
import { type DigitGroup, digitRuns } from './digit-groups.ts'
import { isKnownForm } from './known-forms.ts'

const UUID =
  /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-z])/gi
/** Object ids, MD5, SHA-1, SHA-256 and SHA-512 in hexadecimal: their digits form no number. */
const HASH =
  /(?<![0-9a-z])(?:[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-z])/gi

/** A time of day with its seconds, fraction and offset, as in RFC 3339. */
const TIME = /(?<![\d:])(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[+-][01]\d:[0-5]\d)?(?![\d:])/g
/** A date with the day or month first. With the year first, none begins like a card number. */
const DATE = /(?<!\d)(?:0[1-9]|[12]\d|3[01])([./-])(?:0[1-9]|[12]\d|3[01])\1(?:19|20|21)\d\d(?!\d)/g
const NUMBERS_OF_NO_CARD = [UUID, HASH, TIME, DATE]

/**
 * Whether parsed JSON contains a card number anywhere: in a text, a key or a number. A field of a known form
 * is exempt (see `isKnownForm`). Iterative, so that no depth of nesting can exhaust the
 * stack.
 */
export function containsCardNumber(value: unknown): boolean {
  const waiting: { value: unknown; field?: string }[] = [{ value }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value: found, field } = next
    if (typeof found === 'string') {
      if (!(field !== undefined && isKnownForm(field, found)) && findCardNumber(found)) return true
    } else if (typeof found === 'number') {
      if (field !== 'amount' && isCardLikeNumber(found)) return true
    } else if (Array.isArray(found)) {
      for (const item of found) waiting.push({ value: item, ...(field !== undefined && { field }) })
    } else if (typeof found === 'object' && found !== null) {
      for (const [key, item] of Object.entries(found)) {
        if (findCardNumber(key)) return true
        waiting.push({ value: item, field: key })
      }
    }
  }
  return false
}

/**
 * Whether a text contains a card number: digits of any script with the prefix and length of a card network
 * that pass Luhn, with up to three other characters between them, letters before or after
 * them, and invisible characters anywhere. Reports only that one exists, never which. One pass.
 *
 * Exempt: a UUID, a hash, a date, a time, a part of a longer run of digits.
 */
export function findCardNumber(text: string): boolean {
  if (text.length < cardNumberRules.minDigits) return false
  const others = NUMBERS_OF_NO_CARD.reduce((left, form) => left.replaceAll(form, 'x'), text)
  for (const run of digitRuns(others)) {
    if (groupsHoldCardNumber(run)) return true
    if (stretches(run, isListItem).some(isCardWithLittleBeside)) return true
    if (stretches(run, isFarther).some(isCardWithLittleBeside)) return true
  }
  return false
}

/** A card number with other numbers around it, such as its expiry date. */
function groupsHoldCardNumber(run: readonly DigitGroup[]): boolean {
  const { maxDigits, firstGroupDigits, groupDigits } = cardNumberRules
  return run.some((first, start) => {
    if (first.digits.length < firstGroupDigits) return false
    let digits = ''
    for (let index = start; index < run.length; index += 1) {
      const group = run[index]?.digits ?? ''
      if (group.length < groupDigits || digits.length + group.length > maxDigits) return false
      digits += group
      if (isCardNumber(digits)) return true
    }
    return false
  })
}

/** The run split where another number may begin. */
function stretches(
  run: readonly DigitGroup[],
  begins: (group: DigitGroup, before: DigitGroup) => boolean,
): DigitGroup[][] {
  const parts: DigitGroup[][] = []
  let before: DigitGroup | undefined
  for (const group of run) {
    const part = parts.at(-1)
    if (part && before && !begins(group, before)) part.push(group)
    else parts.push([group])
    before = group
  }
  return parts
}

/** A list of numbers such as shirt sizes: `36, 38, 40`. A card number is never written like this. */
function isListItem({ between, digits }: DigitGroup, before: DigitGroup): boolean {
  return /[,;]\s/.test(between) && Math.min(digits.length, before.digits.length) < cardNumberRules.groupDigits
}

function isFarther({ between }: DigitGroup): boolean {
  return between.length > 1
}

/** In any grouping; allows one number before it and two after it. */
function isCardWithLittleBeside(groups: readonly DigitGroup[]): boolean {
  const { maxDigits, maxBefore, maxAfter } = cardNumberRules
  // Every group has a digit: more groups than the longest card has digits cannot be a card.
  if (groups.length > maxDigits + maxBefore + maxAfter) return false
  const digits = groups.map((group) => group.digits)
  for (let before = 0; before <= maxBefore; before += 1)
    for (let after = 0; after <= maxAfter; after += 1) {
      if (isCardNumber(digits.slice(before, digits.length - after).join(''))) return true
    }
  return false
}

function isCardLikeNumber(value: number): boolean {
  if (!Number.isInteger(value)) return false
  const digits = BigInt(Math.abs(value)).toString()
  // JSON.parse has rounded the last digits, check digit included: refuse rather than store.
  return Number.isSafeInteger(value) ? isCardNumber(digits) : mayBeCardNumber(digits)
}
