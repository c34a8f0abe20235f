import { codes, skus } from '../shop.ts'
import { delivering, goodMethod, joining, paidOrder, rush, shortLines, termsOf, usualLines } from './parts.ts'
import { habitOf, type StoryMaker, step } from './scene.ts'

const declining = [
  'pm_card_chargeDeclined',
  'pm_card_chargeDeclinedInsufficientFunds',
  'pm_card_authenticationRequired',
  'pm_card_radarBlock',
]
/** Methods of the sandbox whose answers get lost, or cannot be read. */
const doubtful = ['pm_sandbox_timeout', 'pm_sandbox_garbled', 'pm_sandbox_garbled']

/** Customers around the moment at which many order. */
export const shoppers = {
  /** Wants what is short, at the moment when others do. */
  rusher: (scene) => {
    const { random } = scene
    return [
      ...joining(scene),
      rush(scene),
      step('order', { client: habitOf(random), ...termsOf(scene), lines: shortLines(scene) }),
      ...(random.chance(0.4)
        ? [step('order', { client: habitOf(random), ...termsOf(scene), lines: shortLines(scene) })]
        : []),
      ...(random.chance(0.3) ? [step('listOwnOrders', {})] : []),
      ...(random.chance(0.1)
        ? [
            step('readOwnOrders', {
              status: random.pick(['confirmed', 'cancelled', 'awaiting_payment'] as const),
            }),
          ]
        : []),
    ]
  },

  /** Orders several times at once with a code of which only few uses are left. */
  gatherer: (scene) => {
    const { random } = scene
    const terms = termsOf(scene, { codes: codes.two, skipInvalid: random.chance(0.5), wait: 10 })
    return [
      ...joining(scene),
      rush(scene),
      step('orderAtOnce', { ...terms, lines: `${skus.hot}:1`, times: random.between(3, 4) }),
      ...(random.chance(0.3) ? [step('cancel', { client: habitOf(random) })] : []),
    ]
  },

  /** Fills a cart, applies codes, and checks out at that moment. */
  bargainer: (scene) => {
    const { random } = scene
    const cart = { client: habitOf(random), guest: false }
    const code = random.pick([codes.two, codes.two, codes.each, codes.solo, codes.welcome, codes.later])
    const client = random.chance(0.35) ? 'twins' : habitOf(random)
    return [
      ...joining(scene),
      step('createCart', { ...cart, currency: 'USD' }),
      step('addItem', { ...cart, client: habitOf(random), sku: skus.hot, quantity: random.between(1, 2) }),
      ...(random.chance(0.4) ? [step('addItem', { ...cart, sku: skus.pair, quantity: 1 })] : []),
      ...(random.chance(0.2) ? [step('changeQuantity', { ...cart, sku: skus.hot, quantity: 1 })] : []),
      step('applyCode', { ...cart, client: habitOf(random), code }),
      ...(random.chance(0.25) ? [step('removeCode', { ...cart, client: habitOf(random), code })] : []),
      rush(scene),
      step('checkOut', { client, ...termsOf(scene, { codes: '' }) }),
      ...(random.chance(0.2)
        ? [step('checkOut', { client: 'keyed', ...termsOf(scene, { codes: '' }) })]
        : []),
    ]
  },

  /** Begins as a guest. */
  guest: (scene) => {
    const { random } = scene
    const client = habitOf(random)
    const guest = { client: habitOf(random, { once: true }), guest: true }
    const amid = random.chance(0.6)
    return [
      step('createCart', { ...guest, currency: 'USD' }),
      step('addItem', { ...guest, sku: skus.hot, quantity: 1 }),
      step('applyCode', { ...guest, code: random.pick([codes.two, codes.solo]) }),
      ...joining(scene),
      step('createCart', { client, guest: false, currency: 'USD' }),
      ...(amid || random.chance(0.5)
        ? [step('addItem', { client, guest: false, sku: skus.pair, quantity: 1 })]
        : []),
      ...(amid
        ? [step('mergeAmid', { delayMs: random.between(-10, 40), ...termsOf(scene, { codes: '' }) })]
        : [step('mergeCarts', { client: habitOf(random) })]),
      rush(scene),
      step('checkOut', { client: habitOf(random), ...termsOf(scene, { codes: '' }) }),
    ]
  },

  /** Pays with what is declined, then with something else; sometimes twice at once, or never. */
  declined: (scene) => {
    const { random } = scene
    const pay = (method: string, pauseMs = random.between(0, 5_000)) =>
      step('pay', { client: habitOf(random), method, wait: random.pick([0, 10]) }, pauseMs)
    const method = random.pick(declining)
    // Near the end of the hold on the stock, which the payment then extends: of what is in stock, and nobody else's.
    const isLate = random.chance(0.6)
    const terms = termsOf(scene, { method, ...(isLate && { codes: '', service: null }) })
    const order = { client: habitOf(random), ...terms, lines: isLate ? `${skus.euro}:1` : usualLines(scene) }
    if (isLate)
      return [
        ...joining(scene),
        rush(scene),
        step('order', order),
        step('awaitOrder', {}),
        pay(goodMethod(scene), random.between(16, 29) * 60_000),
      ]
    return [
      ...joining(scene),
      rush(scene),
      step('order', order),
      step('awaitOrder', {}),
      ...(random.chance(0.4) ? [step('confirmInvoice', { client: 'keyed', of: -1 })] : []),
      ...(random.chance(0.3) ? [pay(random.pick(declining))] : []),
      ...(random.chance(0.8) ? [pay(goodMethod(scene))] : []),
      ...(random.chance(0.2) ? [step('cancel', { client: habitOf(random) })] : []),
    ]
  },

  /** Cancels, at any moment of the order. */
  fickle: (scene) => {
    const { random } = scene
    const pauseMs = random.pick([0, 0, random.between(0, 400), random.between(400, 6_000)])
    const client = random.chance(0.3) ? 'plain' : habitOf(random)
    return [
      ...joining(scene),
      rush(scene),
      step('order', {
        client,
        ...termsOf(scene, { wait: random.pick([0, 0, 10]) }),
        lines: shortLines(scene),
      }),
      step('cancel', { client: habitOf(random) }, pauseMs),
    ]
  },

  /** Cancels a paid order while staff sends it, or gives the money back. */
  hesitant: (scene) => {
    const { random } = scene
    const what = random.pick(['start', 'start', 'refund'] as const)
    return [
      ...joining(scene),
      paidOrder(scene, usualLines(scene)),
      step(
        'cancelAmid',
        { what, delayMs: random.pick([0, 0, random.between(0, 60)]) },
        random.between(0, 1_000),
      ),
    ]
  },

  /** Has more orders wait for their payment than one may. */
  hoarder: (scene) => {
    const { random } = scene
    const terms = termsOf(scene, { method: null, codes: '', wait: random.pick([0, 10]) })
    return [
      ...joining(scene),
      rush(scene),
      step('orderAtOnce', {
        ...terms,
        lines: `${random.pick([skus.hot, skus.pair])}:1`,
        times: random.between(4, 5),
      }),
      ...(random.chance(0.5) ? [step('cancel', { client: habitOf(random) })] : []),
    ]
  },

  /** Looks around: a registration that nobody verifies, and a cart that nobody checks out. */
  visitor: (scene) => {
    const { random, number } = scene
    const guest = { client: habitOf(random, { once: true }), guest: true }
    return [
      ...(random.chance(0.5) ? [step('browse', { sku: random.pick([skus.hot, skus.pair]) })] : []),
      step('createCart', { ...guest, currency: 'USD' }),
      step('addItem', { ...guest, sku: random.pick([skus.hot, skus.pair]), quantity: random.between(1, 3) }),
      step('register', { client: habitOf(random), number, disposable: false, consent: true, upper: false }),
      ...(random.chance(0.5) ? [step('resendVerification', { client: habitOf(random) })] : []),
    ]
  },

  /** Orders, and erases themselves while the order is under way. */
  leaver: (scene) => {
    const { random } = scene
    const pauseMs = random.pick([0, 0, random.between(0, 1_000), random.between(1_000, 15_000)])
    const street = random.between(1, 99)
    return [
      ...joining(scene),
      step('updateProfile', { client: habitOf(random), street }),
      rush(scene),
      step('order', { client: habitOf(random), ...termsOf(scene), lines: usualLines(scene) }),
      ...(random.chance(0.3) ? [step('cancel', { client: 'plain' })] : []),
      ...(random.chance(0.3) ? [step('changeAddress', { client: 'keyed' })] : []),
      step('eraseSelf', { client: habitOf(random) }, pauseMs),
      ...(random.chance(0.5) ? delivering(scene) : []),
    ]
  },

  /** A card whose charges end in doubt; staff retries what gave up. */
  doubtful: (scene) => {
    const { random, gateway } = scene
    const method = gateway === 'sandbox' ? random.pick(doubtful) : goodMethod(scene)
    // Mostly of what is in stock, so that the payment is tried.
    const isSure = random.chance(0.7)
    const terms = termsOf(scene, { method, ...(isSure && { codes: '', service: null }) })
    return [
      ...joining(scene),
      rush(scene),
      step('order', {
        ...{ client: habitOf(random), ...terms },
        lines: isSure ? `${skus.euro}:1` : usualLines(scene),
      }),
      ...(random.chance(0.4) ? [step('cancel', { client: 'keyed' }, random.between(0, 3_000))] : []),
      step('awaitOrder', {}),
      step('retryParked', {}, random.between(0, 20_000)),
    ]
  },

  /** Looks like fraud: a payment that staff has to decide about, or that is refused. */
  suspect: (scene) => {
    const { random } = scene
    const decide = (pauseMs: number) =>
      step('reviewPayment', { client: habitOf(random), of: -1, approve: random.chance(0.6) }, pauseMs)
    const terms = termsOf(scene, { method: 'pm_card_de', codes: '', points: 0, service: null, wait: 10 })
    return [
      ...joining(scene, true),
      step('order', { client: habitOf(random, { once: true }), ...terms, lines: `${skus.dear}:1` }),
      ...(random.chance(0.3) ? [step('cancel', { client: 'keyed' })] : []),
      decide(random.between(0, 10_000)),
      ...(random.chance(0.3) ? [decide(0)] : []),
    ]
  },

  /** Pays by invoice; staff confirms, sometimes twice at once. */
  invoiced: (scene) => {
    const { random } = scene
    const order = step('order', {
      client: habitOf(random),
      ...termsOf(scene, { method: null, wait: 10 }),
      lines: usualLines(scene),
    })
    return [
      ...joining(scene),
      rush(scene),
      order,
      ...(random.chance(0.8)
        ? [step('confirmInvoice', { client: habitOf(random), of: -1 }, random.between(0, 4_000))]
        : []),
      ...(random.chance(0.3) ? [step('cancel', { client: 'keyed' })] : []),
    ]
  },

  /** Pays in another currency. */
  abroad: (scene) => {
    const { random } = scene
    return [
      ...joining(scene),
      rush(scene),
      step('order', {
        client: habitOf(random),
        ...termsOf(scene, { codes: random.pick(['', codes.two, codes.each]), skipInvalid: true }),
        lines: random.chance(0.85) ? `${skus.euro}:${random.between(1, 3)}` : `${skus.euro}:1,${skus.hot}:1`,
      }),
      ...(random.chance(0.5)
        ? [step('refund', { client: habitOf(random), of: -1, percent: 50 }, 1_000)]
        : []),
    ]
  },
} satisfies Record<string, StoryMaker>
