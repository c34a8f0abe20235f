import fc from 'fast-check'
import type { Money } from '../core/money/money.ts'
import { DAY, HOUR, MINUTE, plus, SECOND } from '../core/time.ts'
import { customer } from '../customer/aggregate.ts'
import { earned, registered, started } from '../customer/customer.fixture.ts'
import { customerFacts } from '../customer/state.ts'
import { customerProfile } from '../customer-profile/aggregate.ts'
import { delivery } from '../delivery/aggregate.ts'
import type { DeliveryCommand } from '../delivery/commands.ts'
import { inventory } from '../inventory/aggregate.ts'
import { payment } from '../payment/aggregate.ts'
import { type PaymentCommand, toPayment } from '../payment/commands.ts'
import { promotion } from '../promotion/aggregate.ts'
import { review } from '../review/aggregate.ts'
import { order } from './aggregate.ts'
import type { OrderCommand, PromotionQuote } from './commands.ts'
import { address, otherAddress, product, quote } from './order.fixture.ts'
import { type Choose, newWorld } from './simulator.fixture.ts'

// The order against the real aggregates, with every answer late, lost or repeated, in any order.

const prices = { FLYER: 0, MUG: 1_000, PEN: 250 } as const
const codes = ['TEN', 'FIVE', 'ONCE'] as const
const customerIds = ['cus_1', 'cus_2'] as const
/** What each customer has to begin with. */
export const POINTS = 300
/** The refunds that people may make of a payment: of one cent, and of all that is left. */
export const GOODWILL = 'goodwill'
export const ALL = 'all'
const methods = [
  'pm_card_visa',
  'pm_sandbox_timeout',
  'pm_sandbox_timeout',
  'pm_card_chargeDeclined',
] as const
const acts = [
  'cancel',
  'cancel',
  'cancel',
  'pay',
  'pay',
  'confirm',
  'start',
  'start',
  'start',
  'complete',
  'receive',
  'fail',
  'callOff',
  'book',
  'approve',
  'approve',
  'reject',
  'move',
  'refund',
  'refundAll',
  'refundAll',
  'release',
  'bounce',
  'dashboard',
  'dashboard',
  'dispute',
  'dispute',
  'erase',
  'expire',
] as const

const disputeStages = ['inquiry', 'open', 'open', 'lost', 'won', 'reinstated'] as const

const wish = fc.record({
  customerId: fc.constantFrom(...customerIds),
  lines: fc.array(
    fc.record({
      sku: fc.constantFrom('FLYER', 'MUG', 'PEN', 'PEN'),
      quantity: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  codes: fc.oneof(fc.subarray([...codes]), fc.constant<(typeof codes)[number][]>(['ONCE'])),
  redeemPoints: fc.constantFrom(0, 0, 0, 200),
  paymentMethod: fc.option(fc.constantFrom(...methods), { nil: undefined, freq: 5 }),
  skipInvalidPromotions: fc.constantFrom(true, true, false),
})
type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never

/** What there is to sell, what is ordered, what people do meanwhile, and every choice that is left to chance. */
export const scenario = fc.record({
  stock: fc.record({ FLYER: fc.nat(12), MUG: fc.nat(12), PEN: fc.nat(12) }),
  wishes: fc.array(wish, { minLength: 1, maxLength: 4, size: 'max' }),
  acts: fc.array(fc.record({ act: fc.constantFrom(...acts), on: fc.nat(5) }), {
    maxLength: 30,
    size: 'max',
  }),
  choices: fc.infiniteStream(fc.nat(999_999)),
})
export type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** A shop with stock at two locations, three promotions and two customers, all of it real. */
function openShop(stock: Scenario['stock'], choose: Choose) {
  const world = newWorld(choose)
  const shop = {
    ...world,
    /** Charges whose dispute was decided for the shop. */
    decided: new Set<string>(),
    orders: world.hostOf(order),
    stock: world.hostOf(inventory),
    promotions: world.hostOf(promotion),
    payments: world.hostOf(payment),
    deliveries: world.hostOf(delivery),
    customers: world.hostOf(customer),
    profiles: world.hostOf(customerProfile),
    reviews: world.hostOf(review),
  }
  for (const [sku, count] of Object.entries(stock)) {
    const east = Math.floor(count / 2)
    shop.stock.execute(sku, { type: 'UpdateStock', location: 'main', set: count - east, country: 'US' })
    shop.stock.execute(sku, { type: 'UpdateStock', location: 'east', set: east })
  }
  for (const [code, percent, usageLimit] of [
    ['TEN', 10, 2],
    ['FIVE', 5, 2],
    ['ONCE', 50, 1],
  ] as const)
    shop.promotions.execute(code, {
      type: 'CreatePromotion',
      code,
      gift: { kind: 'percentage', value: { percent } },
      // ONCE stands alone; the others stand beside each other.
      combinesWith: code === 'ONCE' ? [] : ['order'],
      usageLimit,
    })
  for (const id of customerIds) shop.customers.given(id, started, registered, earned('before', POINTS))
  return shop
}
export type Shop = ReturnType<typeof openShop>

/** Asks each promotion for its answer to this basket, as the router does. */
function quotePromotions(shop: Shop, { customerId, lines, codes }: Wish): PromotionQuote[] {
  const known = shop.customers.states.get(customerId)
  if (!known) throw new Error('the customer is known')
  const { tier, segment, firstOrder } = customerFacts(customerId, known, shop.now())
  return codes.map((code) => {
    const { events, refusal } = shop.promotions.dryRun(code, {
      type: 'ApplyPromotion',
      orderId: 'quote',
      facts: {
        customerId,
        currency: 'USD',
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity, unitPrice: prices[sku] })),
        customer: { tier, segment, firstOrder },
      },
    })
    const applied = events.find((event) => event.type === 'PromotionApplied')
    return applied && !refusal ? { code, terms: applied.data.terms } : { code, reasons: ['exhausted'] }
  })
}

/** Places an order with the facts as they are now; it may be refused. */
function place(shop: Shop, id: string, wished: Wish): void {
  const known = shop.customers.states.get(wished.customerId)
  if (!known) throw new Error('the customer is known')
  const { customerId, lines, codes: _, ...rest } = wished
  const command: OrderCommand = {
    type: 'CreateOrder',
    ...rest,
    customer: customerFacts(customerId, known, shop.now()),
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity, product: product(sku, prices[sku]) })),
    shippingAddress: address,
    shippingQuote: quote,
    promotions: quotePromotions(shop, wished),
  }
  shop.orders.execute(id, command)
}

/** What is to be told to a payment of that amount, if anything. */
type OfPayment = (paymentId: string, amount: Money) => PaymentCommand | undefined

/** What people do to an order, its delivery, its payment or a promotion; much of it is refused. */
function perform(shop: Shop, act: (typeof acts)[number], id: string, choose: Choose): void {
  const known = shop.orders.states.get(id)
  if (!known) return
  const onOrder = (command: OrderCommand) => shop.orders.execute(id, command)
  const onDelivery = (...commands: DeliveryCommand[]) => {
    const latest = known.deliveries.at(-1)
    if (latest) for (const command of commands) shop.deliveries.execute(latest.id, command)
  }
  const latestPayment = (command: OfPayment, give: (paymentId: string, command: PaymentCommand) => void) => {
    const latest = known.payments.at(-1)
    const made = latest && shop.payments.states.get(latest.id)
    const wanted = made && command(latest.id, made.amount)
    if (wanted) give(latest.id, wanted)
  }
  const onPayment = (command: OfPayment) => latestPayment(command, shop.payments.execute)
  /** Something happens at the gateway, and a webhook will tell of it. */
  const atGateway = (command: OfPayment) =>
    latestPayment(command, (paymentId, news) => shop.notify(toPayment(paymentId, news)))
  switch (act) {
    case 'cancel':
      onOrder({ type: 'CancelOrder', reason: 'customer_request', detail: 'changed my mind' })
      break
    case 'pay':
      onOrder({ type: 'SubmitPayment', paymentMethod: methods[choose(methods.length)] ?? 'pm_card_visa' })
      break
    case 'confirm':
      onOrder({ type: 'ConfirmOrder' })
      break
    case 'book':
      onOrder({ type: 'RequestDelivery', quote })
      break
    case 'start':
      onDelivery({ type: 'StartDelivery' })
      break
    case 'complete':
      onDelivery({ type: 'CompleteDelivery' })
      break
    case 'receive':
      onDelivery({ type: 'CompleteDelivery' }, { type: 'ConfirmDelivery', by: 'customer' })
      break
    case 'fail':
      onDelivery({ type: 'StartDelivery' })
      for (const _ of [1, 2, 3]) onDelivery({ type: 'FailAttempt', reason: 'nobody home' })
      break
    case 'callOff':
      onDelivery({ type: 'CancelDelivery', reason: 'carrier strike' })
      break
    case 'approve':
      onPayment(() => ({ type: 'ApproveReview' }))
      break
    case 'reject':
      onPayment(() => ({ type: 'RejectReview', reason: 'looks wrong' }))
      break
    case 'refund':
      onPayment(() => ({ type: 'RefundPayment', refundId: GOODWILL, amount: 1, reason: 'goodwill' }))
      break
    case 'refundAll':
      onPayment(() => ({ type: 'RefundPayment', refundId: ALL, reason: 'returned' }))
      break
    case 'release': {
      const { sku } = known.pricing.lines[choose(known.pricing.lines.length)] ?? {}
      const release = { type: 'ReleaseReservation', orderId: id, reason: 'operator', by: 'operator' }
      if (sku) shop.stock.execute(sku, release)
      break
    }
    case 'bounce':
      atGateway((paymentId) => {
        const key = shop.bounce(paymentId)
        const result = { status: 'failed', code: 'account_closed', detail: 'It is closed.' } as const
        if (key === undefined) return undefined
        const outside = shop.refunds.get(paymentId)?.find(({ request }) => request.key === key)
        return key.startsWith('re_') && outside
          ? {
              ...{ type: 'RecordOutsideRefund', gatewayRefundId: key, result },
              amount: outside.request.amount,
            }
          : { type: 'RecordGatewayRefund', refundId: key.slice(paymentId.length + 1), result }
      })
      break
    case 'dashboard':
      atGateway((paymentId, { amount, currency }) => {
        const part = { amount: choose(2) === 0 ? amount : Math.ceil(amount / 3), currency }
        const made = shop.refundOutside(paymentId, part)
        return (
          made && {
            ...{ type: 'RecordOutsideRefund', gatewayRefundId: made.id, amount: made.amount },
            result: { status: 'succeeded', gatewayRefundId: made.id },
          }
        )
      })
      break
    case 'dispute':
      atGateway((paymentId, amount) => {
        const status = disputeStages[choose(disputeStages.length)] ?? 'open'
        if (shop.charges.get(paymentId)?.result.status !== 'succeeded') return undefined
        // A bank does not decide again in favour of the customer.
        if (status === 'won' || status === 'reinstated') shop.disputed.delete(paymentId)
        else if (!shop.decided.has(paymentId)) shop.disputed.add(paymentId)
        if (!shop.disputed.has(paymentId)) shop.decided.add(paymentId)
        return { type: 'RecordDispute', disputeId: `dp_${paymentId}`, reason: 'fraudulent', amount, status }
      })
      break
    case 'move':
      onDelivery({ type: 'ChangeAddress', address: otherAddress, quote })
      break
    case 'erase':
      onOrder({ type: 'ErasePersonalData' })
      break
    case 'expire':
      shop.promotions.execute('TEN', { type: 'ExpirePromotion', reason: 'operator' })
  }
}

const spans = [SECOND, SECOND, MINUTE, MINUTE, 10 * MINUTE, 16 * MINUTE, 31 * MINUTE, 2 * HOUR]
/** Long enough for every timer of an order; points lapse later. */
const AFTERWARDS = 60 * DAY

/** Something happens by itself: a step of an effect, a timer that is due, or time alone. */
function move(shop: Shop, choose: Choose): void {
  const chosen = choose(12)
  if (chosen === 0) shop.pass(spans[choose(spans.length)] ?? SECOND)
  else if (chosen === 1) shop.fireTimer()
  else shop.work()
}

/** Plays a scenario until nothing is left to happen by itself; `check` sees every state on the way. */
export function play(
  { stock, wishes, acts, choices }: Scenario,
  check: (shop: Shop) => void = () => {},
): Shop {
  const choose: Choose = (bound) => (bound === 0 ? 0 : (choices.next().value ?? 0) % bound)
  const shop = openShop(stock, choose)
  const toPlace = [...wishes.entries()]
  const toDo = [...acts]
  const placed: string[] = []
  while (toPlace.length > 0 || toDo.length > 0) {
    const next = toDo.length === 0 || choose(2) === 0 ? toPlace.shift() : undefined
    const deed = next ? undefined : toDo.shift()
    if (next) {
      const id = `ord_${next[0]}`
      placed.push(id)
      place(shop, id, next[1])
    }
    // Mostly the newest order, which has most of its way to go.
    const subject = deed && placed.at(-1 - (Math.max(0, deed.on - 2) % placed.length))
    if (subject) perform(shop, deed.act, subject, choose)
    // People act at the same moment, or with something in between.
    for (let moves = choose(2) * choose(30); moves > 0; moves -= 1) {
      move(shop, choose)
      check(shop)
    }
  }
  comeToRest(shop, check)
  return shop
}

/** Lets happen whatever happens by itself, for as long as any timer of an order may take. */
export function comeToRest(shop: Shop, check: (shop: Shop) => void = () => {}): void {
  const end = plus(shop.now(), AFTERWARDS)
  for (let left = 10_000; shop.isBusy() || shop.fireTimer() || shop.passToNextTimer(end); left -= 1) {
    if (left === 0) throw new Error('the process does not come to rest')
    shop.work()
    check(shop)
  }
}

/** The warehouse and the carrier do their work: each parcel is sent, and arrives or fails for good. */
export function sendParcels(shop: Shop, arrives: (orderId: string) => boolean): void {
  for (const [id, { deliveries }] of shop.orders.states) {
    const delivery = deliveries.at(-1)
    if (delivery?.status !== 'scheduled') continue
    const tell = (command: DeliveryCommand) => shop.deliveries.execute(delivery.id, command)
    tell({ type: 'StartDelivery' })
    if (arrives(id)) tell({ type: 'CompleteDelivery' })
    else for (const _ of [1, 2, 3]) tell({ type: 'FailAttempt', reason: 'nobody home' })
  }
}
