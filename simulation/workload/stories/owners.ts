import { codes, skus } from '../shop.ts'
import { delivering, goodMethod, joining, paidOrder, termsOf } from './parts.ts'
import { habitOf, type StoryMaker, step } from './scene.ts'

/** Methods whose banks ask, take the money back, or send refunds back. */
const banks = [
  'pm_card_createDispute',
  'pm_card_createDisputeInquiry',
  'pm_card_refundFail',
  'pm_card_refundFail',
  'pm_card_refundFail',
]

/** Customers and what comes after a paid order: parcels, points, reviews, refunds, disputes, their account. */
export const owners = {
  /** Receives the parcel, reviews, and pays the next orders with points, two of them at once. */
  loyal: (scene) => {
    const { random } = scene
    const points = random.pick([100, 110, 120])
    const client = random.chance(0.6) ? 'twins' : habitOf(random)
    const reviewer = random.chance(0.3) ? 'twins' : habitOf(random)
    const next = step(
      'order',
      { client, ...termsOf(scene, { codes: '', points, wait: 10 }), lines: `${skus.hot}:1,${skus.pair}:1` },
      random.between(500, 6_000),
    )
    return [
      ...joining(scene),
      // A dear one leads to another tier.
      paidOrder(scene, random.chance(0.25) ? `${skus.dear}:1` : `${skus.pair}:1`),
      ...delivering(scene),
      step('confirmReceipt', { client: habitOf(random) }, random.between(0, 1_000)),
      step('review', { client: reviewer, rating: random.between(1, 3) }),
      // Another one is refused.
      ...(random.chance(0.4) ? [step('review', { client: 'keyed', rating: 5 })] : []),
      next,
      ...(random.chance(0.4) ? [step('cancel', { client: habitOf(random) }, random.between(0, 2_000))] : []),
    ]
  },

  /** Gets refunds in parts, several at the same moment, together more than was paid. */
  returner: (scene) => {
    const { random } = scene
    const ordered = random.pick([`${skus.pair}:2`, `${skus.hot}:1,${skus.pair}:1`, `${skus.dear}:1`])
    const refunds = [
      step('refundAtOnce', {
        of: -1,
        percent: random.pick([30, 40, 50, 60, 100]),
        times: random.between(2, 4),
      }),
      step('refundUnit', { client: habitOf(random), of: -1 }),
      step('refund', { client: habitOf(random), of: -1, percent: random.pick([0, 0, 10, 50]) }),
    ]
    return [
      ...joining(scene),
      paidOrder(scene, ordered),
      ...(random.chance(0.4) ? delivering(scene) : []),
      ...random.shuffled(refunds).slice(0, random.between(2, 3)),
      ...(random.chance(0.25) ? [step('cancel', { client: habitOf(random) })] : []),
    ]
  },

  /** Is not at home: the parcel goes back, the money too. */
  absent: (scene) => {
    const { random } = scene
    const attempt = () =>
      random.chance(0.5)
        ? step('failAttempt', { client: habitOf(random, { once: true }), of: -1 }, random.between(0, 1_000))
        : step('carrierReport', { of: -1, status: 'attempt_failed', times: random.between(1, 2) })
    return [
      ...joining(scene),
      paidOrder(scene, `${skus.hot}:1`),
      ...(random.chance(0.3) ? [step('changeAddress', { client: habitOf(random) })] : []),
      step('start', { client: habitOf(random), of: -1 }, random.between(0, 2_000)),
      attempt(),
      attempt(),
      ...(random.chance(0.75) ? [attempt()] : []),
      ...(random.chance(0.5) ? [step('carrierReport', { of: -1, status: 'returning', times: 2 })] : []),
    ]
  },

  /** Has a bank that asks, takes money back, or sends refunds back. */
  disputing: (scene) => {
    const { random, gateway } = scene
    const method = random.pick(banks)
    const byBank = gateway === 'stripe' && random.chance(0.7)
    const terms = termsOf(scene, { method: byBank ? goodMethod(scene) : method, wait: 10, codes: '' })
    const dispute = step('dispute', { kind: random.pick(['dispute', 'dispute', 'inquiry'] as const) })
    const decide = step(
      'decideDispute',
      { outcome: random.pick(['won', 'lost'] as const), reinstated: random.chance(0.3) },
      random.between(0, 5_000),
    )
    const elsewhere = step('refundAtDashboard', { percent: random.pick([10, 60, 100]) })
    const refund = (percent: number) =>
      step(
        'refund',
        { client: habitOf(random), of: -1, percent },
        random.pick([0, random.between(0, 20_000)]),
      )
    // Points are given for what has arrived, taken back with a refund, and given again if that is returned.
    const hasArrived = random.chance(0.4)
    return [
      ...joining(scene),
      step('order', { client: habitOf(random, { once: true }), ...terms, lines: `${skus.pair}:1` }),
      ...(hasArrived
        ? [
            ...delivering(scene),
            step('confirmReceipt', { client: habitOf(random) }, random.between(0, 1_000)),
          ]
        : []),
      ...(byBank ? random.shuffled([dispute, elsewhere]).slice(0, random.between(1, 2)) : []),
      refund(random.pick([0, 40])),
      ...(byBank ? [decide] : []),
      ...(random.chance(0.5) ? [refund(0)] : []),
    ]
  },

  /** Logs in, and changes the profile; then orders with the code of the welcome mail. */
  member: (scene) => {
    const { random } = scene
    const street = random.between(1, 99)
    return [
      ...joining(scene),
      ...(random.chance(0.3) ? [step('browse', { sku: skus.hot })] : []),
      step('logIn', { client: habitOf(random), wrongFirst: random.chance(0.3) }),
      step('updateProfile', { client: random.pick(['stale', 'guarded', 'double', 'echo']), street }),
      step('readSelf', {}),
      ...(random.chance(0.7)
        ? [
            step('order', {
              client: random.chance(0.4) ? 'twins' : habitOf(random),
              ...termsOf(scene, { codes: codes.welcome, wait: 10 }),
              lines: `${skus.hot}:1`,
            }),
          ]
        : []),
      ...(random.chance(0.3)
        ? [step('eraseSelf', { client: habitOf(random) }, random.between(0, 5_000))]
        : []),
    ]
  },
} satisfies Record<string, StoryMaker>
