import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { addressSchema, complete } from '../../../shared/core/address/address.ts'
import { idSchema, promotionCodeSchema, skuSchema } from '../../../shared/core/ids.ts'
import { outsideTimeSchema } from '../../../shared/core/time.ts'
import { normalizeEmail } from '../../../shared/email-address/normalize-email.ts'
import { orderRules } from '../../../shared/order/policies.ts'

/** The path parameters of an aggregate with a generated id. */
export function idParams(prefix: string) {
  return z.strictObject({ id: idSchema(prefix) })
}
export const skuParams = z.strictObject({ sku: skuSchema })
export const codeParams = z.strictObject({ code: promotionCodeSchema })

/** A time from a client (RFC 3339, any offset, years 1970 to 2099); see `outsideTimeSchema`. */
export const timeField = z.string().pipe(outsideTimeSchema).openapi({
  type: 'string',
  format: 'date-time',
  maxLength: 40,
  pattern: '^(19[7-9]|20[0-9])[0-9]-',
  description: 'RFC 3339, years 1970 to 2099.',
})

/** An e-mail address in its normalized form, so that two spellings of it are one request. */
export const emailField = z
  .string()
  .max(320)
  .transform((text, context) => {
    const email = normalizeEmail(text)
    if (email !== null) return email
    context.addIssue({
      code: 'custom',
      message: 'This is not an e-mail address.',
      params: { code: 'invalid_email' },
    })
    return z.NEVER
  })
  .openapi({ type: 'string', format: 'email', maxLength: 320, example: 'ada@example.com' })

/** A birth date: from 1900 to today. */
export const birthDateField = z.iso
  .date()
  .refine((day) => day >= '1900' && day < clock.now(), 'must be a day after 1899 that has begun')
  .openapi({ type: 'string', format: 'date', maxLength: 10, pattern: '^(19|20)' })

/** A postal address with the fields that its country requires. */
export const addressField = complete(z.strictObject(addressSchema.shape)).openapi('Address', {
  description:
    'The country decides which of `city`, `region` and `postalCode` are required, and their format. A region that follows from the postal code is added.',
})

/** Order lines; quantities of one SKU in several lines add up. */
export const linesField = z
  .array(
    z.strictObject({
      sku: skuSchema,
      quantity: z.int().min(orderRules.minQuantity).max(orderRules.maxQuantity),
    }),
  )
  .min(orderRules.minLines)
  .max(orderRules.maxLines)

/** A customer id in a body. */
export const customerIdField = idSchema('cus')

interface CommandSchema {
  readonly shape: { readonly type: { readonly value: string } }
}

/**
 * The schema of one command of a context, from which the body of its operation is derived.
 *
 * @throws RangeError for a command that the context does not have
 */
export function commandSchema<
  Options extends readonly CommandSchema[],
  Type extends Options[number]['shape']['type']['value'],
>(context: { readonly options: Options }, type: Type): SchemaOf<Options[number], Type> {
  const isOfType = (option: CommandSchema): option is SchemaOf<Options[number], Type> =>
    option.shape.type.value === type
  const found = context.options.find(isOfType)
  if (!found) throw new RangeError(`there is no command ${type}`)
  return found
}

type SchemaOf<Option extends CommandSchema, Type extends string> = Extract<
  Option,
  { readonly shape: { readonly type: { readonly value: Type } } }
>
