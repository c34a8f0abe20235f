import type { RefusalCatalog } from '../core/refusal.ts'
import { refusing } from '../core/refusal.ts'

export const customerRefusals = {
  email_taken: {
    kind: 'conflict',
    title: 'The e-mail address belongs to another customer.',
    remedy: 'Log in with this address, or register with another one.',
  },
  customer_exists: {
    kind: 'conflict',
    title: 'The customer is registered already.',
    remedy: 'Register under a new id, or change the profile of the customer that there is.',
  },
  customer_not_found: {
    kind: 'not_found',
    title: 'There is no such customer.',
    remedy: 'Check the customer id.',
  },
  customer_not_active: {
    kind: 'conflict',
    title: 'The customer is not active: not verified yet, suspended, or erased.',
    remedy:
      'Verify the address with the token that was mailed; a suspended customer asks the shop. Their data stays readable.',
  },
  customer_suspended: {
    kind: 'forbidden',
    title: 'The customer is suspended.',
    remedy:
      'A suspended customer can neither log in, change their profile nor spend points; ask an operator.',
  },
  customer_not_erased: {
    kind: 'conflict',
    title: 'The customer has not been erased.',
    remedy: 'Erase the customer first: the sweep removes what other contexts keep of an erased customer.',
  },
  erasure_incomplete: {
    kind: 'conflict',
    title: 'Something still tells of an erased customer.',
    remedy: 'The sweep is parked: read its detail, remove the cause, and retry it.',
  },
  customer_erased: {
    kind: 'conflict',
    title: 'The customer has been erased.',
    remedy: 'Nothing can be done with an erased customer; the e-mail address is free to register again.',
  },
  email_not_claimed: {
    kind: 'not_found',
    title: 'Nobody has ever claimed this e-mail address.',
    remedy: 'There is nothing to release; an address is claimed by registering with it.',
  },
  registration_superseded: {
    kind: 'conflict',
    title: 'The e-mail address was registered again since.',
    remedy: 'Use the token of the newest verification mail, or register again.',
  },
  already_verified: {
    kind: 'conflict',
    title: 'The e-mail address is verified already.',
    remedy: 'Nothing is left to verify: log in.',
  },
  token_invalid: {
    kind: 'unauthorized',
    title: 'The verification token does not hold.',
    remedy:
      'Use the token of the newest verification mail; an older one stops working when a new one is sent.',
  },
  token_used: {
    kind: 'unauthorized',
    title: 'The verification token was used already.',
    remedy: 'The address is verified: log in.',
  },
  token_expired: {
    kind: 'unauthorized',
    title: 'The verification token has expired.',
    remedy: 'A token works for 7 days; ask for a new one.',
  },
  too_many_codes: {
    kind: 'conflict',
    title: 'Too many log-in codes were asked for.',
    remedy: 'Use the newest code that was mailed, or ask for another in an hour.',
  },
  code_wrong: {
    kind: 'unauthorized',
    title: 'The log-in code does not hold.',
    remedy: 'A code works once, for 10 minutes; a log-in has 5 tries. Ask for another code.',
  },
  points_currency: {
    kind: 'invalid',
    title: 'Points cannot be redeemed in this currency.',
    remedy: 'Order without points: the shop declares no rate of this currency to its base currency.',
  },
  points_minimum: {
    kind: 'invalid',
    title: 'Too few points to redeem.',
    remedy: 'Redeem at least 100 points, or none.',
  },
  points_maximum: {
    kind: 'invalid',
    title: 'Points may pay for half of the subtotal at most.',
    remedy: 'Redeem at most `maximum` points for this order.',
  },
  points_insufficient: {
    kind: 'conflict',
    title: 'The customer does not have that many points.',
    remedy: 'Redeem at most `available` points; points become available when a delivery is confirmed.',
  },
  points_restored: {
    kind: 'conflict',
    title: 'The points of this order were given back already.',
    remedy: 'An order takes points once; place a new order to redeem them.',
  },
  welcome_promotion_refused: {
    kind: 'conflict',
    title: 'The personal promotion of a new customer could not be created.',
    remedy: 'See `refusal` for the reason; no welcome mail is sent, and an operator finds the effect parked.',
  },
  retention_promotion_refused: {
    kind: 'conflict',
    title: 'The personal promotion of a retention offer could not be created.',
    remedy: 'See `refusal` for the reason; no mail is sent, and an operator finds the effect parked.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(customerRefusals)
