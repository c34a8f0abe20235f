/** Where the API offers what the remedy of a domain refusal asks for, by problem code: the domain knows no HTTP. */
const whereToGo: Readonly<Record<string, string>> = {
  already_verified: 'A log-in starts at POST /v1/sessions.',
  customer_not_found: 'POST /v1/customers registers a customer.',
  email_taken: 'A log-in starts at POST /v1/sessions.',
  order_exists: 'For another order, use a new Idempotency-Key, or none.',
  product_not_found: 'Products are listed at /v1/products.',
  promotion_not_eligible: 'The reasons are those of the operation checkPromotionEligibility.',
  promotion_refused: 'Send `skipInvalidPromotions: true` to order without it.',
  review_not_found: 'The reviews of a product are listed at /v1/products/{sku}/reviews.',
  token_expired: 'POST /v1/customers/{id}/resend-verification mails a new one.',
  token_used: 'A log-in starts at POST /v1/sessions.',
  unknown_sku: 'Products are listed at /v1/products.',
}

/** What a client can do about a refusal: the domain's remedy, and where. */
export function remedyOf(code: string, { remedy }: { readonly remedy: string }): string {
  const where = whereToGo[code]
  return where === undefined ? remedy : `${remedy} ${where}`
}
