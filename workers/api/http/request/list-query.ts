import { z } from '@hono/zod-openapi'
import { type List, MAX_MATCHES } from '../../../read-models/statement.ts'
import { timeField } from '../fields.ts'
import { pageQuery } from '../paging.ts'
import { queryInteger } from './query.ts'

/**
 * The parameters that every list has: its page, its order, whether it is counted, and which members of its entries are
 * sent.
 */
export function listQuery(list: List, entry: { readonly shape: z.ZodRawShape }) {
  const names = Object.keys(list.sorts).flatMap((name) => [name, `-${name}`])
  return pageQuery.extend({
    sort: z.enum(names).default(list.defaultSort).openapi({
      description:
        'The member by which the list is sorted, smallest or oldest first; with a minus in front, the other way round. Entries with equal values are sorted by their ids.',
    }),
    count: z
      .enum(['true', 'false'])
      .transform((value) => value === 'true')
      .optional()
      .openapi({ type: 'boolean', description: 'Whether `total` says how many entries the list has.' }),
    fields: severalOf(Object.keys(entry.shape))
      .openapi({
        description:
          'The members of each entry that are sent, with commas between them; without it, all. Members that entries otherwise always have are then missing, too, except `id`, `version` and the `kind` of a promotion.',
      })
      .optional(),
  })
}

/** Values of an enumeration, separated by commas: in any order, each once, so that two spellings are one request. */
export function severalOf<const Value extends string>(values: readonly Value[]) {
  return z
    .string()
    .max(values.join(',').length)
    .transform((text, context): Value[] => {
      const named = new Set<string>(text.split(','))
      const known = values.filter((value) => named.has(value))
      if (known.length === named.size) return known
      context.addIssue({
        code: 'custom',
        message: `This has to be one or more of ${values.join(', ')}, with commas between them.`,
        params: { code: 'invalid_value' },
      })
      return z.NEVER
    })
    .openapi({
      type: 'array',
      items: { type: 'string', enum: [...values] },
      minItems: 1,
      maxItems: values.length,
      param: { style: 'form', explode: false },
      example: values.slice(0, 2),
    })
}

const MAX_WORDS = 10
/** As the tokenizer of the index has them; marks belong to the letter before. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/** Words to search for: what is between them has no meaning, and neither has their case. */
export function searchQuery(what: string) {
  return {
    q: z
      .string()
      .max(200)
      .transform((text, context) => {
        const words = new Set(text.normalize('NFKC').toLowerCase().match(WORD))
        if (words.size > 0 && words.size <= MAX_WORDS) return [...words].sort()
        context.addIssue({
          code: 'custom',
          message: `This has to have one to ${MAX_WORDS} words, of letters or digits.`,
          params: { code: 'invalid_value' },
        })
        return z.NEVER
      })
      .openapi({
        type: 'string',
        minLength: 1,
        maxLength: 200,
        description: `Only those in which each of these words begins a word of ${what}; one to ${MAX_WORDS}, in any order and case. Of more than ${MAX_MATCHES} that match, the newest ${MAX_MATCHES} are listed.`,
      })
      .optional(),
  }
}

const time = (description: string) =>
  timeField.openapi({ description, example: '2026-03-01T00:00:00Z' }).optional()
const number = (description: string) => queryInteger(0, Number.MAX_SAFE_INTEGER, description).optional()

/** Ranges of the times that every aggregate has. */
export const timeRanges = {
  createdFrom: time('Only those created at this time or later (RFC 3339).'),
  createdTo: time('Only those created before this time (RFC 3339).'),
  updatedFrom: time('Only those that changed last at this time or later (RFC 3339).'),
  updatedTo: time('Only those that changed last before this time (RFC 3339).'),
}
export const totalRange = {
  totalFrom: number('Only orders with at least this total, in minor units of their currency.'),
  totalTo: number('Only orders with at most this total, in minor units of their currency.'),
}
export const priceRange = {
  priceFrom: number('Only products with at least this price, in minor units of its currency.'),
  priceTo: number('Only products with at most this price, in minor units of its currency.'),
}
export const amountRange = {
  amountFrom: number('Only payments of at least this amount, in minor units of its currency.'),
  amountTo: number('Only payments of at most this amount, in minor units of its currency.'),
}
export const availableRange = {
  availableFrom: number('Only SKUs of which at least so many units are available.'),
  availableTo: number('Only SKUs of which at most so many units are available.'),
}
export const submittedRange = {
  submittedFrom: time('Only reviews written at this time or later (RFC 3339).'),
  submittedTo: time('Only reviews written before this time (RFC 3339).'),
}
