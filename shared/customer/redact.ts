import { ERASED } from '../core/address/address.ts'
import type { PersonalData } from '../core/aggregate.ts'
import type { CustomerEvent, Profile } from './events.ts'

/**
 * The event without personal data: address, name, phone, date of birth, postal addresses,
 * consent, and operators' free text. Ids, amounts and times stay, and so does the event's schema.
 * `emailHash` names the claim on the address and is needed to release it.
 */
export function withoutPersonalData(event: CustomerEvent): CustomerEvent {
  switch (event.type) {
    case 'CustomerRegistrationStarted':
      return { ...event, data: { ...event.data, email: ERASED, profile: erasedProfile } }
    case 'CustomerRegistered':
      return { ...event, data: { ...event.data, email: ERASED } }
    case 'CustomerProfileUpdated':
      return { ...event, data: { ...event.data, profile: erasedProfile } }
    case 'CustomerSuspended':
      return { ...event, data: {} }
    case 'EmailVerificationRequested':
    case 'EmailVerificationSent':
    case 'RegistrationSuperseded':
    case 'RegistrationLapsed':
    case 'WelcomePromotionIssued':
    case 'WelcomeEmailSent':
    case 'LogInCodeRequested':
    case 'LogInCodeRejected':
    case 'CustomerLoggedIn':
    case 'CustomerSpendingUpdated':
    case 'LoyaltyStatusUpdated':
    case 'CustomerSegmentChanged':
    case 'RetentionOfferMade':
    case 'RetentionPromotionIssued':
    case 'RetentionOfferSent':
    case 'RewardPointsAccrued':
    case 'RewardPointsEarned':
    case 'RewardPointsRedeemed':
    case 'RewardPointsRestored':
    case 'RewardPointsExpired':
    case 'RewardPointsClawedBack':
    case 'RewardPointsReinstated':
    case 'PaymentAttemptRecorded':
    case 'CustomerErased':
    case 'PersonalDataSwept':
    case 'PersonalDataSweepDue':
      return event
  }
}

const erasedProfile: Profile = { name: ERASED, addresses: [], marketingConsent: false }

/** Keeps customers' personal data out of sinks, and removes it permanently. */
export const personalData: PersonalData<CustomerEvent> = {
  without: withoutPersonalData,
  erasedBy: ['CustomerErased', 'RegistrationLapsed'],
}
