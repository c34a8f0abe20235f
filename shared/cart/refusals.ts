import { type RefusalCatalog, refusing } from '../core/refusal.ts'
import { promotionNotEligible } from '../promotion/terms.ts'

export const cartRefusals = {
  cart_exists: {
    kind: 'conflict',
    title: 'A cart with this id exists already.',
    remedy: 'Use the cart that there is, or create one without naming its id.',
  },
  cart_not_found: {
    kind: 'not_found',
    title: 'No cart has this id.',
    remedy: 'Check the id, or create a cart.',
  },
  cart_closed: {
    kind: 'conflict',
    title: 'The cart is checked out or merged into another.',
    remedy: 'Its lines went to the order `orderId` or the cart `intoCartId`; create a new cart for more.',
  },
  cart_empty: {
    kind: 'conflict',
    title: 'The cart has no lines.',
    remedy: 'Add a product before checking out.',
  },
  cart_not_mergeable: {
    kind: 'invalid',
    title: 'This cart cannot be merged into that one.',
    remedy:
      "Name the guest cart whose lines the customer's cart should take over: not itself, and not the other way round.",
  },
  unknown_sku: {
    kind: 'invalid',
    title: 'No product has this SKU.',
    remedy: 'Check the SKU.',
  },
  product_not_on_sale: {
    kind: 'conflict',
    title: 'A product is no longer sold.',
    remedy: 'Remove it from the cart; `skus` says which.',
  },
  wrong_currency: {
    kind: 'invalid',
    title: 'A cart has one currency.',
    remedy: "Choose products that are priced in the cart's currency, or create a cart in the other one.",
  },
  item_not_found: {
    kind: 'not_found',
    title: 'The cart does not hold this SKU.',
    remedy: 'Add it first.',
  },
  quantity_limit: {
    kind: 'conflict',
    title: 'A cart holds at most 999 of each product.',
    remedy: 'Lower the quantity; `inCart` says how many the cart holds already.',
  },
  line_limit: {
    kind: 'conflict',
    title: 'A cart holds at most 100 different products.',
    remedy: 'Remove a product, or check out and start another cart.',
  },
  promotion_limit: {
    kind: 'conflict',
    title: 'A cart carries at most 10 promotion codes.',
    remedy: 'Leave the code out.',
  },
  promotion_not_in_cart: {
    kind: 'not_found',
    title: 'The cart does not carry this promotion code.',
    remedy: 'Read the cart: it lists the codes that it carries.',
  },
  promotion_not_eligible: promotionNotEligible,
  price_changed: {
    kind: 'conflict',
    title: 'Prices changed since they were quoted.',
    remedy: '`changes` lists them, and the cart has the new prices now: check out again to accept them.',
  },
  basket_out_of_range: {
    kind: 'invalid',
    title: 'The basket comes to more than any order may.',
    remedy: 'Take units or products out of it.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(cartRefusals)
