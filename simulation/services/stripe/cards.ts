// Stripe's test cards by the ids of their payment methods: https://docs.stripe.com/testing

export interface Decline {
  readonly code: string
  readonly declineCode: string
  readonly message: string
}

/** What happens to a charge of a card, or to its refunds, after they were answered. */
export type Afterwards = 'dispute' | 'inquiry' | 'refund_fails' | 'refund_waits'

export interface Card {
  /** ISO 3166-1 alpha-2 of the issuer. */
  readonly country: string
  /** `null`: the charge succeeds. */
  readonly decline: Decline | null
  readonly afterwards: Afterwards | null
}

function good(country: string, afterwards: Afterwards | null = null): Card {
  return { country, decline: null, afterwards }
}

function bad(code: string, declineCode: string, message: string): Card {
  return { country: 'US', decline: { code, declineCode, message }, afterwards: null }
}

const brands = ['visa', 'visa_debit', 'mastercard', 'mastercard_debit', 'amex', 'discover', 'diners', 'jcb']
const countries =
  'US CA MX BR AT BE CH CZ DE DK ES FI FR GB GR HU IE IT NL NO PL PT RO SE AU CN HK IN JP MY NZ SG TH TW'

export const cards: ReadonlyMap<string, Card> = new Map([
  ...brands.map((brand) => [`pm_card_${brand}`, good('US')] as const),
  ...countries.split(' ').map((country) => [`pm_card_${country.toLowerCase()}`, good(country)] as const),
  ['pm_card_chargeDeclined', bad('card_declined', 'generic_decline', 'Your card was declined.')],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    bad('card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
  ],
  ['pm_card_chargeDeclinedExpiredCard', bad('expired_card', 'expired_card', 'Your card has expired.')],
  [
    'pm_card_chargeDeclinedIncorrectCvc',
    bad('incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."),
  ],
  [
    'pm_card_chargeDeclinedProcessingError',
    bad('processing_error', 'processing_error', 'An error occurred while processing your card.'),
  ],
  [
    'pm_card_authenticationRequired',
    bad('authentication_required', 'authentication_required', 'Your card requires authentication.'),
  ],
  ['pm_card_radarBlock', bad('card_declined', 'fraudulent', 'Your card was declined.')],
  ['pm_card_createDispute', good('US', 'dispute')],
  ['pm_card_createDisputeInquiry', good('US', 'inquiry')],
  ['pm_card_refundFail', good('US', 'refund_fails')],
  ['pm_card_pendingRefund', good('US', 'refund_waits')],
])
