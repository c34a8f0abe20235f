import { z } from '@hono/zod-openapi'
import { cartLineSchema } from '../../../shared/cart/events.ts'
import { cartListing } from '../../../shared/cart/listing.ts'
import { type Cart, cartSchema } from '../../../shared/cart/state.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { identityShape, moneyResource, type ResourceKind, timesShape } from '../http/resource.ts'

export const cartResource = z
  .object({
    ...identityShape,
    customerId: cartSchema.shape.customerId.describe('Absent for the cart of a guest.'),
    status: cartSchema.shape.status,
    currency: cartSchema.shape.currency,
    lines: z.array(cartLineSchema.extend({ unitPrice: moneyResource, total: moneyResource })),
    subtotal: moneyResource,
    promotions: z.array(
      z.object({
        code: z.string(),
        discount: moneyResource.openapi({
          description: 'The discount of the code alone, for the basket at that time.',
        }),
        outdated: z.boolean().openapi({
          description: 'The lines have changed since; apply it again, or see `quoteCart`.',
        }),
      }),
    ),
    orderId: cartSchema.shape.orderId.describe('The order that was placed from it.'),
    intoCartId: cartSchema.shape.intoCartId.describe('The cart into which it was merged.'),
    ...timesShape,
  })
  .openapi('Cart')

export const carts: ResourceKind<Cart, z.infer<typeof cartResource>> = {
  collection: 'carts',
  kind: 'cart',
  schema: cartResource,
  notFoundCode: 'cart_not_found',
  object: (env, id) => env.CART.getByName(id),
  render: ({ state, ...about }) => cartListing(state, about),
  // The id of a guest's cart is a capability.
  mayRead: (caller, { state }) => state.customerId === undefined || mayReadOf(caller, state.customerId),
}
