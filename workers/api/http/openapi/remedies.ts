/** Where this API remedies a refusal of the domain: a sentence that follows the domain's own, by refusal code. */
const whereToGo: Readonly<Record<string, string>> = {
  email_taken: 'A log-in starts at POST /v1/sessions.',
  customer_not_found: 'POST /v1/customers registers a customer.',
  already_verified: 'A log-in starts at POST /v1/sessions.',
  token_used: 'A log-in starts at POST /v1/sessions.',
  token_expired: 'POST /v1/customers/{id}/resend-verification mails a new one.',
  promotion_not_eligible: 'The reasons are those of the operation checkPromotionEligibility.',
}

/** What a client can do about a refusal, in the domain's words, and at which path. */
export function remedyOf(code: string, { remedy }: { readonly remedy: string }): string {
  const path = whereToGo[code]
  return path === undefined ? remedy : `${remedy} ${path}`
}
