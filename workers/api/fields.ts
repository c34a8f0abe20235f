import { z } from '@hono/zod-openapi'
import { type IdPrefix, idSchema, promotionCodeSchema, skuSchema } from '../../shared/core/ids.ts'
import { orderRules } from '../../shared/order/policies.ts'

/** The path of one aggregate with a generated id. */
export function idParams(prefix: IdPrefix) {
  return z.strictObject({ id: idSchema(prefix) })
}
export const skuParams = z.strictObject({ sku: skuSchema })
export const codeParams = z.strictObject({ code: promotionCodeSchema })

/** A time as clients may send it (RFC 3339, any offset), in the one form in which Petrel keeps it. */
export const timeField = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time).toISOString())
  .openapi({ type: 'string', format: 'date-time' })

/** What is bought: quantities of one SKU in several lines add up. */
export const linesField = z
  .array(
    z.strictObject({
      sku: skuSchema,
      quantity: z.int().min(orderRules.minQuantity).max(orderRules.maxQuantity),
    }),
  )
  .min(orderRules.minLines)
  .max(orderRules.maxLines)

/** A customer's id in a body. */
export const customerIdField = idSchema('cus')

interface CommandSchema {
  readonly shape: { readonly type: { readonly value: string } }
}

/**
 * The schema of one command of a context, from which the body of its operation is made.
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
