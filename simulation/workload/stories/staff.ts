import { codes, skus } from '../shop.ts'
import { afterRush, habitOf, type Scene, type StoryMaker, step } from './scene.ts'

/** One of the orders, or customers, that there are by then. */
function any({ random }: Scene): number {
  return random.between(0, 999)
}

/** Lists, and a filter that each has. */
const filters = [
  ['orders', 'status=confirmed'],
  ['orders', 'status=cancelled'],
  ['customers', 'status=active&tier=bronze'],
  ['products', 'status=discontinued'],
  ['payments', 'status=refunded'],
  ['deliveries', 'status=scheduled'],
  ['promotions', 'status=active'],
] as const

/** What the staff of the shop does meanwhile. */
export const staff = {
  /** Sends parcels, reports what becomes of them, and the carrier reports the same. */
  shipper: (scene) => {
    const { random } = scene
    const parcel = () => {
      const of = any(scene)
      return [
        step('start', { client: habitOf(random), of }, random.between(0, 2_000)),
        ...(random.chance(0.3) ? [step('track', { client: habitOf(random), of })] : []),
        ...(random.chance(0.2) ? [step('delay', { client: habitOf(random), of, days: 40 })] : []),
        ...(random.chance(0.6)
          ? [step('complete', { client: habitOf(random), of }, random.between(0, 4_000))]
          : []),
      ]
    }
    return [step('waitUntil', { at: afterRush(scene) }), ...parcel(), ...parcel()]
  },

  carrier: (scene) => {
    const { random } = scene
    const report = () => {
      const status = random.pick([
        'in_transit',
        'attempt_failed',
        'delivered',
        'delayed',
        'returning',
      ] as const)
      return step(
        'carrierReport',
        { of: any(scene), status, times: random.between(1, 3) },
        random.between(0, 5_000),
      )
    }
    return [step('waitUntil', { at: afterRush(scene) }), report(), report(), report()]
  },

  /** Gives money back, in parts and all at once. */
  refunder: (scene) => {
    const { random } = scene
    const of = any(scene)
    return [
      step('waitUntil', { at: afterRush(scene) }),
      step('refundAtOnce', { of, percent: random.pick([40, 60, 100]), times: random.between(2, 3) }),
      step(
        'refund',
        { client: habitOf(random), of: any(scene), percent: random.pick([0, 20]) },
        random.between(0, 5_000),
      ),
    ]
  },

  /** Counts and changes stock, prices included, while it sells. */
  stockkeeper: (scene) => {
    const { random, rushAt } = scene
    const sku = random.pick([skus.hot, skus.hot, skus.pair])
    const price = random.pick([2_500, 2_600, 2_400])
    const ofHot = random.chance(0.5)
    return [
      step('waitUntil', { at: rushAt + random.between(-1_500, 1_500) }),
      ...(ofHot
        ? [step('changePrice', { client: habitOf(random), sku: skus.hot, price, currency: 'USD' })]
        : []),
      step('adjustStock', {
        ...{ client: habitOf(random), sku, location: 'main', units: random.pick([1, 2, -1, -2]) },
      }),
      step('readStock', { sku }, random.between(0, 2_000)),
      ...(random.chance(0.15)
        ? [step('discontinue', { client: habitOf(random), sku: skus.dear }, random.between(0, 2_000))]
        : []),
      // Less than what orders hold, too, which is refused.
      step(
        'setStock',
        {
          ...{ client: habitOf(random), country: 'US', reorderPoint: 1 },
          ...(random.chance(0.5)
            ? { sku: skus.pair, location: 'west', units: random.between(0, 3) }
            : { sku: skus.hot, location: 'main', units: random.between(0, 1) }),
        },
        random.between(0, 3_000),
      ),
    ]
  },

  /** Takes stock away from orders, and their parcels too. */
  dispatcher: (scene) => {
    const { random } = scene
    const of = any(scene)
    const other = any(scene)
    const hold = step('holdStock', {
      ...{ client: habitOf(random), sku: random.pick([skus.hot, skus.pair]), units: 1 },
      ...{ order: `elsewhere-${scene.number}`, forMs: random.pick([null, 2_000, 60_000]) },
    })
    return [
      ...(random.chance(0.4) ? [hold] : []),
      step('waitUntil', { at: scene.rushAt + random.between(0, 5_000) }),
      step('releaseReservation', { client: habitOf(random), of }),
      step('cancelDelivery', { client: habitOf(random), of: other }, random.between(0, 2_000)),
      step('scheduleDelivery', { client: habitOf(random), of: other }, random.between(0, 2_000)),
    ]
  },

  /** Keeps the flow of events going: what gave up is tried again, events are sent again, lists rebuilt. */
  engineer: (scene) => {
    const { random } = scene
    const jobs = [
      step('retryParked', {}, random.between(0, 10_000)),
      step('retryDeadLetters', {
        folder: random.pick(['refused/', 'undelivered/', 'unprojected/'] as const),
      }),
      step(
        'replay',
        {
          client: habitOf(random),
          context: random.pick([null, 'order', 'payment', 'inventory', 'customer'] as const),
          of: any(scene),
          target: random.pick([null, null, 'copy']),
          olderThan: random.pick([0, 0, random.between(1_000, 20_000)]),
        },
        random.between(0, 8_000),
      ),
      step('rebuild', {}, random.between(0, 8_000)),
      step('readForwarding', {}),
      step(
        'clearDeadLetters',
        {
          folder: random.pick(['refused/', 'undelivered/'] as const),
          againMs: random.between(20_000, 90_000),
        },
        random.between(0, 60_000),
      ),
    ]
    return [step('waitUntil', { at: afterRush(scene) }), ...random.shuffled(jobs).slice(0, 3)]
  },

  /** Comes when most is over, and looks after what was set aside. */
  repairer: (scene) => {
    const { random } = scene
    const clear = (folder: 'refused/' | 'undelivered/') =>
      step('clearDeadLetters', { folder, againMs: random.between(20_000, 90_000) }, random.between(0, 5_000))
    return [
      step('waitUntil', { at: scene.rushAt + random.between(20_000, 150_000) }),
      ...random.shuffled([clear('refused/'), clear('undelivered/')]),
    ]
  },

  /** Prepares a promotion that begins while customers already give its code. */
  promoter: (scene) => {
    const { random } = scene
    const draft = random.chance(0.6)
    const isScheduled = !draft || random.chance(0.5)
    const create = step('createPromotion', {
      ...{ client: habitOf(random), code: codes.later, kind: 'percentage', value: 15 },
      ...{ usageLimit: random.pick([null, 2]), perCustomerLimit: null, exclusive: false, draft },
      ...(isScheduled && { startsInMs: random.between(500, 20_000) }),
    })
    return [
      create,
      ...(draft
        ? [
            step(
              'activatePromotion',
              { client: habitOf(random), code: codes.later },
              random.between(0, scene.rushAt),
            ),
          ]
        : []),
    ]
  },

  /** Reads lists and histories while they change. */
  auditor: (scene) => {
    const { random } = scene
    const [list, filter] = random.pick(filters)
    return [
      step('waitUntil', { at: afterRush(scene) }),
      step('readList', { list, limit: random.between(1, 5), ...(random.chance(0.5) && { filter }) }),
      random.chance(0.5)
        ? step('readHistory', { of: any(scene) }, random.between(0, 5_000))
        : step('readOrder', { of: any(scene), version: random.between(1, 4) }, random.between(0, 5_000)),
      step('readStock', { sku: skus.hot }),
    ]
  },

  /** Ends what should not go on: customers, codes. */
  enforcer: (scene) => {
    const { random } = scene
    const jobs = [
      step('suspend', { client: habitOf(random), of: any(scene) }, random.between(0, 3_000)),
      step('erase', { client: habitOf(random), of: any(scene) }, random.between(0, 6_000)),
      step('expirePromotion', {
        client: habitOf(random),
        code: random.pick([codes.two, codes.each, codes.solo]),
      }),
    ]
    return [
      step('waitUntil', { at: scene.rushAt + random.between(-1_000, 8_000) }),
      ...random.shuffled(jobs).slice(0, random.between(1, 2)),
    ]
  },
} satisfies Record<string, StoryMaker>
