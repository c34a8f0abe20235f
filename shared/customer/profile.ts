import { accept, type Decision } from '../core/refusal.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent, Profile } from './events.ts'
import { refuse } from './refusals.ts'
import type { Customer, CustomerFeature } from './state.ts'

/** A customer's own data: name, phone, date of birth, addresses, consent. */
export const profile = {
  evolve: { CustomerProfileUpdated: (state, { profile }) => ({ ...state, profile }) },
  decide: { UpdateProfile: updateProfile },
} satisfies CustomerFeature

const fields = ['name', 'phone', 'birthDate', 'addresses', 'marketingConsent'] as const

/** Changes the given fields and leaves the others; an empty phone removes it. Refused: `customer_suspended`. */
function updateProfile(
  command: CustomerCommandOf<'UpdateProfile'>,
  { status, profile: before }: Customer,
): Decision<CustomerEvent> {
  if (status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  const { phone = before.phone, birthDate = before.birthDate } = command
  const profile: Profile = {
    name: command.name ?? before.name,
    ...(phone && { phone }),
    ...(birthDate && { birthDate }),
    addresses: command.addresses ?? before.addresses,
    marketingConsent: command.marketingConsent ?? before.marketingConsent,
  }
  const changed = fields.filter((field) => !isSame(profile[field], before[field]))
  return changed.length === 0
    ? accept()
    : accept({ type: 'CustomerProfileUpdated', data: { profile, changed } })
}

/** Both sides were parsed by one schema, so equal values have the same key order. */
function isSame(a: Profile[keyof Profile], b: Profile[keyof Profile]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
