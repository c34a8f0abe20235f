import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { erasePersonalDataElsewhere } from '../core/erasure.ts'
import { mail } from '../core/mail.ts'
import { type Instant, plus } from '../core/time.ts'
import { toCustomerProfile } from '../customer-profile/commands.ts'
import { toPromotion } from '../promotion/commands.ts'
import { type CustomerCommand, type CustomerCommandOf, toEmailAddress } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { nextExpiry } from './loyalty/points.ts'
import { tierEndsAt } from './loyalty/state.ts'
import { customerRules, nextSegmentChange } from './policies.ts'
import { type Customer, segmentationFacts } from './state.ts'

/**
 * What an event of a customer causes: mails, the claim on the address, personal promotions, and timers at
 * the moments at which time alone changes something. An event causes the same calls and commands whatever
 * personal data it still holds, in the same order: so they keep their ids when a customer is erased.
 */
export function react(event: CustomerEvent, state: Customer, at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'CustomerRegistrationStarted':
      return [claimAddress(state, id), verificationMail(event.data.secretLabel, id), registrationTimer(state)]
    case 'EmailVerificationRequested':
      return [verificationMail(event.data.secretLabel, id), claimAddress(state, id), registrationTimer(state)]
    case 'CustomerRegistered':
      return [
        welcomePromotion(event.data.welcomePromotionCode, at, id),
        segmentTimer(state, at),
        tellProfile('all', state, at, id),
        // Confirmed by whoever gave the command, before it was given; said once more, so that it cannot be missed.
        send(toEmailAddress(state.emailHash, { type: 'ConfirmEmailAddress', customerId: id, since: at })),
        unschedule(timers.registration),
      ]
    case 'RegistrationLapsed':
      return [
        send(toEmailAddress(event.data.emailHash, { type: 'ReleaseEmailAddress', customerId: id })),
        sweep(id),
      ]
    case 'WelcomePromotionIssued':
      return [welcomeMail(event.data.promotionCode, state, id)]
    case 'LogInCodeRequested':
      return [logInMail(event.data.secretLabel, id)]
    case 'CustomerSpendingUpdated':
      return [tierTimer(state), segmentTimer(state, at)]
    case 'LoyaltyStatusUpdated':
      return [tierTimer(state), segmentTimer(state, at), tellProfile('tier', state, at, id)]
    case 'CustomerSegmentChanged':
      return [segmentTimer(state, at), tellProfile('segment', state, at, id)]
    case 'PaymentAttemptRecorded':
      return [segmentTimer(state, at)]
    case 'RetentionOfferMade':
      return [retentionPromotion(event.data, id)]
    case 'RetentionPromotionIssued':
      return event.data.toBeMailed ? [retentionMail(event.data.promotionCode, state, id)] : []
    case 'RewardPointsEarned':
    case 'RewardPointsRedeemed':
    case 'RewardPointsRestored':
    case 'RewardPointsExpired':
    case 'RewardPointsClawedBack':
    case 'RewardPointsReinstated':
      return [pointsTimer(state)]
    case 'CustomerErased':
      return [
        send(toEmailAddress(event.data.emailHash, { type: 'ReleaseEmailAddress', customerId: id })),
        sweep(id),
        sweepAgain(at),
        ...Object.values(timers).map((timer) => unschedule(timer)),
        tellProfile('status', state, at, id),
      ]
    case 'CustomerSuspended':
      return [tellProfile('status', state, at, id)]
    case 'PersonalDataSwept':
      return event.data.open > 0 ? [sweepAgain(at)] : []
    case 'PersonalDataSweepDue':
      return [sweep(id)]
    case 'EmailVerificationSent':
    case 'WelcomeEmailSent':
    case 'CustomerProfileUpdated':
    case 'LogInCodeRejected':
    case 'CustomerLoggedIn':
    case 'RetentionOfferSent':
    case 'RewardPointsAccrued':
    case 'RegistrationSuperseded':
      return []
  }
}

const SWEEP = 'personal-data-sweep'

/** A customer has at most one timer for each of these, and none of them once erased. */
export const timers = {
  points: 'points-expiry',
  tier: 'tier-review',
  segment: 'segment-review',
  registration: 'registration-end',
} as const

function sweep(customerId: string): Effect {
  return erasePersonalDataElsewhere(customerId, {
    type: 'RecordPersonalDataSwept',
  } satisfies Reply<'RecordPersonalDataSwept'>)
}

/** Also where nothing was open: an order of the last seconds may not have been known to any list. */
function sweepAgain(at: Instant): Effect {
  return schedule(SWEEP, plus(at, customerRules.sweepEvery), { type: 'SweepPersonalData' })
}

/** The order context keeps what it prices with, and ends what waits for payment when it hears of the end. */
function tellProfile(
  changed: 'all' | 'tier' | 'segment' | 'status',
  { status, loyalty: { tier }, segment }: Customer,
  asOf: Instant,
  customerId: string,
): Effect {
  // A customer who is not verified yet cannot order: to the order context there is no such status.
  const standing = { status: status === 'pending' ? 'active' : status, tier, segment } as const
  return send(toCustomerProfile(customerId, { type: 'UpdateStanding', ...standing, changed, asOf }))
}

/** The address is this registration's until its token ends, unless there is a newer one. */
function claimAddress({ emailHash, registeredAt, verification }: Customer, customerId: string): Effect {
  return send(
    toEmailAddress(emailHash, {
      type: 'ClaimEmailAddress',
      customerId,
      since: registeredAt,
      until: verification.expiresAt,
    }),
    { type: 'RecordEmailClaim' } satisfies Reply<'RecordEmailClaim'>,
  )
}

/** The end of a registration that nobody verifies. */
function registrationTimer({ verification }: Customer): Effect {
  return schedule(timers.registration, verification.expiresAt, { type: 'LapseRegistration' })
}

/** The end of the lot that lapses first. */
function pointsTimer({ loyalty }: Customer): Effect {
  return timerAt(timers.points, nextExpiry(loyalty), { type: 'ExpirePoints' })
}

/** The end of the tier, if nothing more is spent. */
function tierTimer({ loyalty }: Customer): Effect {
  return timerAt(timers.tier, tierEndsAt(loyalty), { type: 'ReviewTier' })
}

/** When time alone changes the segment. */
function segmentTimer(state: Customer, at: Instant): Effect {
  const next = nextSegmentChange(segmentationFacts(state, at), state.segment)
  return timerAt(timers.segment, next, { type: 'ReviewSegment' })
}

function timerAt(timer: string, at: Instant | null, command: CustomerCommand): Effect {
  return at === null ? unschedule(timer) : schedule(timer, at, command)
}

/** Anybody can cause this mail to any address: it holds nothing that they wrote. */
function verificationMail(secretLabel: string, customerId: string): Effect {
  return mail(
    {
      customerId,
      template: 'verification',
      variables: { customerId },
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

/** Something to come back for, for this customer alone; the mail that names it waits until it exists. */
function retentionPromotion({ promotionCode, percent, endsAt }: RetentionOffer, customerId: string): Effect {
  return send(
    toPromotion(promotionCode, {
      type: 'CreatePromotion',
      code: promotionCode,
      gift: { kind: 'percentage', value: { percent } },
      class: 'order',
      combinesWith: [],
      endsAt,
      usageLimit: 1,
      perCustomerLimit: 1,
      customerId,
    }),
    { type: 'RecordRetentionPromotion', promotionCode } satisfies Reply<'RecordRetentionPromotion'>,
  )
}

function retentionMail(promotionCode: string, { profile, retention }: Customer, customerId: string): Effect {
  const percent = String(retention?.percent ?? customerRules.retention.percent)
  return mail(
    {
      customerId,
      template: 'retention_offer',
      variables: { name: profile.name, promotionCode, percent },
    },
    { type: 'RecordRetentionSent', promotionCode } satisfies Reply<'RecordRetentionSent'>,
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

type RetentionOffer = Extract<CustomerEvent, { type: 'RetentionOfferMade' }>['data']

/** A command as a reply names it: the object adds the `outcome`. */
type Reply<Type extends CustomerCommand['type']> = Omit<CustomerCommandOf<Type>, 'outcome'>
