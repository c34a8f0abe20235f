import { letter } from './templates-letter.ts'

const REGISTERED = 'You get this mail because this address was registered with Petrel.'

/** Letters about the customer's account. */
export const customerLetters = {
  verification: letter(['token', 'customerId'], (value) => ({
    subject: 'Please verify your e-mail address',
    body: [
      'Thank you for registering with Petrel. One step is left: verify this e-mail address with the token below. It works once, within the next 7 days.',
      { shown: value('token') },
      `Your customer number is ${value('customerId')}.`,
      'Did you not register? Then you need do nothing: without the token nobody can use your address.',
    ],
    because: REGISTERED,
  })),
  welcome: letter(['name', 'promotionCode'], (value) => ({
    subject: 'Welcome to Petrel: 10 % off your first order',
    body: [
      `Hello ${value('name')},`,
      'your e-mail address is verified, and your account is ready. As a welcome we take 10 % off your first order, within the next 30 days. Enter this code in your cart:',
      { shown: value('promotionCode') },
      'The code is yours alone and works once. With every order you also collect points, which you can spend like money.',
    ],
    because: REGISTERED,
  })),
  log_in_code: letter(['code'], (value) => ({
    subject: 'Your log-in code',
    body: [
      'This is your code to log in:',
      { shown: value('code') },
      'It works once, within the next 10 minutes. Give it to nobody: we never ask for it, not even on the telephone.',
      'Did you not ask for it? Then you need do nothing: without the code nobody gets in.',
    ],
    because: 'You get this mail because someone, we hope you, wants to log in with this address.',
  })),
  retention_offer: letter(['name', 'promotionCode', 'percent'], (value) => ({
    subject: `We have missed you: ${value('percent')} % off your next order`,
    body: [
      `Hello ${value('name')},`,
      `it has been a while since your last order, and we would be glad to see you again. ${value('percent')} % off your next order is waiting for you. Enter this code in your cart:`,
      { shown: value('promotionCode') },
      'The code is yours alone and works once.',
    ],
    because:
      'You get this mail because you agreed to hear of our offers. You can take that back in your profile at any time.',
  })),
} as const
