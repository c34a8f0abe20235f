import { z } from 'zod'

/** The keywords of JSON Schema that examples are generated from. */
interface Described {
  readonly const?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly pattern?: string | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly minLength?: number | undefined
  readonly anyOf?: readonly Described[] | undefined
  readonly oneOf?: readonly Described[] | undefined
  readonly items?: Described | undefined
  readonly properties?: Readonly<Record<string, Described>> | undefined
}

const described: z.ZodType<Described> = z.looseObject({
  type: z.string().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  get anyOf() {
    return z.array(described).optional()
  },
  get oneOf() {
    return z.array(described).optional()
  },
  get items() {
    return described.optional()
  },
  get properties() {
    return z.record(z.string(), described).optional()
  },
})

const uuid = (last: string) => `01939a2e-0000-7000-8000-${last.padStart(12, '0')}`
const INSTANT = '2026-03-01T12:00:00.000Z'

/** Typical values by field name, for realistic examples. */
const texts: readonly (readonly [name: RegExp, value: string])[] = [
  [/^customerId$/, `cus_${uuid('1')}`],
  [/cartIds?$/i, `crt_${uuid('2')}`],
  [/^orderId$/, `ord_${uuid('3')}`],
  [/^paymentId$/, `pay_${uuid('4')}`],
  [/^deliveryId$/, `dlv_${uuid('5')}`],
  [/^reviewId$/, `rev_${uuid('6')}`],
  [/^refundId$/, `ord_${uuid('3')}/refund`],
  [/^messageId$/, `cus_${uuid('1')}/1#0`],
  [/^skus?$/i, 'MUG'],
  [/currency$/i, 'USD'],
  [/country$/i, 'US'],
  [/^region$/, 'OR'],
  [/^city$/, 'Portland'],
  [/^postalCode$/, '97201'],
  [/^line1$/, '1 Main Street'],
  [/email$/i, 'ada@example.com'],
  [/hash$/i, 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'],
  [/birthDate$/, '1990-12-10'],
  [/phone$/, '+1 503 555 0100'],
  [/promotionCode|^codes?$/i, 'SPRING'],
  [/^productName$/, 'Mug'],
  [/name$/i, 'Ada'],
  [/method$/i, 'pm_card_visa'],
  [/(At|Until|From|To|Date|Day|date)$/, INSTANT],
  [/^location$/, 'main'],
  [/trackingNumber$/, 'TRACK-1'],
  [/url$/i, 'https://example.com/mug.png'],
  [/^carrier$/, 'sandbox'],
  [/^(service)$/, 'standard'],
  [/^zone$/, 'domestic'],
  [/^policy$/, 'examplePolicy'],
  [/^rules?$/, 'example_rule'],
  [/^secretLabel$/, 'verification/1'],
]

/**
 * Data that a schema accepts, generated from the schema alone: every field is present, each list has one entry, and
 * the first of several alternatives is used.
 */
export function exampleOf(schema: z.ZodType): unknown {
  return example(described.parse(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })), 'value')
}

function example(schema: Described, name: string): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const [option] = schema.anyOf ?? schema.oneOf ?? []
  if (option) return example(option, name)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, member]) => [key, example(member, key)]),
      )
    case 'array':
      return schema.items ? [example(schema.items, name)] : []
    case 'integer':
    case 'number':
      return between(schema, /amount|total|price/i.test(name) ? 1_999 : 1)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return text(schema, name)
  }
}

function between({ minimum = -Infinity, maximum = Infinity }: Described, usual: number): number {
  return Math.min(Math.max(usual, minimum), maximum)
}

function text({ type, format, pattern, minLength = 0 }: Described, name: string): unknown {
  // An empty schema accepts anything.
  if (type !== 'string') return 'anything'
  if (format === 'date-time') return INSTANT
  const known = texts.find(([names]) => names.test(name))?.[1]
  if (known !== undefined && (pattern === undefined || new RegExp(pattern).test(known))) return known
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).padEnd(minLength, '.')
}
