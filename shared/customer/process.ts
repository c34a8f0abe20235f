import { type Effect, send } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import { type Instant, plus } from '../core/time.ts'
import { toPromotion } from '../promotion/commands.ts'
import { type CustomerCommand, type CustomerCommandOf, toEmailAddress } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import type { Customer } from './state.ts'

/** What an event of a customer causes: mails, the claim on the address, the personal promotion. */
export function react(event: CustomerEvent, state: Customer, at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'CustomerRegistrationStarted':
      return [
        send(toEmailAddress(event.data.emailHash, { type: 'ConfirmEmailAddress', customerId: id })),
        verificationMail(event.data.secretLabel, state, id),
      ]
    case 'EmailVerificationRequested':
      return [verificationMail(event.data.secretLabel, state, id)]
    case 'CustomerRegistered':
      return [welcomePromotion(event.data.welcomePromotionCode, at, id)]
    case 'WelcomePromotionIssued':
      return [welcomeMail(event.data.promotionCode, state, id)]
    case 'LogInCodeRequested':
      return [logInMail(event.data.secretLabel, id)]
    default:
      return []
  }
}

function verificationMail(secretLabel: string, { profile }: Customer, customerId: string): Effect {
  return mail(
    {
      customerId,
      template: 'verification',
      variables: { name: profile.name, customerId },
      secret: { as: 'token', form: 'token', label: secretLabel },
    },
    { type: 'RecordVerificationSent', secretLabel } satisfies Reply<'RecordVerificationSent'>,
  )
}

/** A discount on the first order for this customer alone. The mail that names it waits until it exists. */
function welcomePromotion(code: string, at: Instant, customerId: string): Effect {
  const { percent, lifetime } = customerRules.welcome
  return send(
    toPromotion(code, {
      type: 'CreatePromotion',
      code,
      gift: { kind: 'percentage', value: { percent } },
      class: 'order',
      combinesWith: [],
      conditions: { firstOrderOnly: true },
      endsAt: plus(at, lifetime),
      usageLimit: 1,
      perCustomerLimit: 1,
      customerId,
    }),
    { type: 'RecordWelcomePromotion', promotionCode: code } satisfies Reply<'RecordWelcomePromotion'>,
  )
}

function welcomeMail(promotionCode: string, { profile }: Customer, customerId: string): Effect {
  return mail({ customerId, template: 'welcome', variables: { name: profile.name, promotionCode } }, {
    type: 'RecordWelcomeSent',
    promotionCode,
  } satisfies Reply<'RecordWelcomeSent'>)
}

function logInMail(secretLabel: string, customerId: string): Effect {
  return mail({
    customerId,
    template: 'log_in_code',
    variables: {},
    secret: { as: 'code', form: 'digits', label: secretLabel },
  })
}

/** A command as a reply names it: the object adds the `outcome`. */
type Reply<Type extends CustomerCommand['type']> = Omit<CustomerCommandOf<Type>, 'outcome'>
