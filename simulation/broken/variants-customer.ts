import type { Variant } from './variant.ts'

const REGISTRATION = 'shared/customer/registration.ts'
const PERSONAL_DATA = 'durable-objects/aggregate/journal/personal-data.ts'

/** Of customers, their points, promotions and reviews, of erasures, and of what clients are promised. */
export const customerVariants: readonly Variant[] = [
  {
    name: 'promotion-limit-without-claims',
    promise: 'A promotion with a limit of N uses has at most N.',
    patches: [
      {
        file: 'shared/promotion/policies.ts',
        find: 'if (usageLimit !== undefined && uses >= usageLimit) return true',
        replace: 'if (usageLimit !== undefined && uses - promotion.claimed.length >= usageLimit) return true',
      },
    ],
  },
  {
    name: 'points-spent-twice',
    promise: 'Points are spent once, and a balance is never below zero.',
    patches: [
      {
        file: 'shared/customer/loyalty/redemption.ts',
        find: '  const facts = { points, subtotal: inBase, available: pointBalance(loyalty, now).available }\n',
        replace: `  // The order was created with the balance in view.
  const facts = { points, subtotal: inBase, available: points }
`,
      },
      {
        file: 'shared/customer/loyalty/redemption.ts',
        find: 'import { pointBalance, pointsIn, sharesOf',
        replace: 'import { pointsIn, sharesOf',
      },
    ],
  },
  {
    name: 'email-case-distinguished',
    promise: 'An e-mail address has one customer, however it is written.',
    patches: [
      {
        file: 'shared/email-address/normalize-email.ts',
        find: "text.normalize('NFKC').trim().toLowerCase().normalize('NFKC')",
        replace: "text.normalize('NFKC').trim()",
      },
    ],
  },
  {
    name: 'verification-token-used-twice',
    promise: 'A verification token works once.',
    patches: [
      {
        file: REGISTRATION,
        find: '  const { secretHash, used, expiresAt } = state.verification\n',
        replace: '  const { secretHash, expiresAt } = state.verification\n',
      },
      {
        file: REGISTRATION,
        find: "  if (used) return refuse('token_used', 'The address was verified with this token before.')\n",
        replace: '',
      },
    ],
  },
  {
    name: 'orders-of-suspended-customers-go-on',
    promise: 'When a customer is suspended, the orders that wait for a payment end.',
    patches: [
      {
        file: 'shared/customer-profile/profile.ts',
        find: '      const steps = state.open.map(({ orderId }) =>',
        replace:
          "      const ended = reason === 'customer_erased' ? state.open : []\n      const steps = ended.map(({ orderId }) =>",
      },
    ],
  },
  {
    name: 'review-accepted-twice',
    promise: 'A product of an order is reviewed once.',
    patches: [
      {
        file: 'shared/review/review.ts',
        find: "  if (state?.status === 'submitted')\n",
        replace: "  if (state?.status === 'submitted' && state.text === review.text)\n",
      },
    ],
  },
  {
    name: 'erasure-leaves-the-snapshot',
    promise: 'An erasure removes personal data from the snapshot too.',
    patches: [
      { file: PERSONAL_DATA, find: '  log.removeSnapshot()\n', replace: '' },
      { file: PERSONAL_DATA, find: '  cache.snapshotVersion = 0\n', replace: '' },
    ],
  },
  {
    name: 'erasure-forgets-open-orders',
    promise: 'The personal data of an order that is under way at the erasure is erased once it has ended.',
    patches: [
      {
        file: 'durable-objects/adapters/erasure.ts',
        find: "  if (!(await erase(env, toOrder(orderId, { type: 'ErasePersonalData' }), about))) return false\n",
        replace:
          "  if (!(await erase(env, toOrder(orderId, { type: 'ErasePersonalData' }), about))) return true\n",
      },
    ],
  },
  {
    name: 'dry-run-with-a-condition-carried-out',
    promise: 'A dry run changes nothing.',
    patches: [
      {
        file: 'workers/api/http/commands.ts',
        find: `      ...(condition && { expectedVersions: condition === 'any' ? condition : [...condition] }),
      ...(dryRun && { dryRun }),`,
        replace: `      ...(condition
        ? { expectedVersions: condition === 'any' ? condition : [...condition] }
        : dryRun && { dryRun }),`,
      },
    ],
  },
]
