import { describe, expect, it } from 'vitest'
import { unsequencedCloudEvent } from '../../shared/core/cloud-event.ts'
import { currencyDigits } from '../../shared/core/money/currencies.ts'
import { inEarlierForm } from '../../shared/core/wire/earlier-form.fixture.ts'
import { asked, happened } from './given.fixture.ts'
import {
  cohortStory,
  deliveryStory,
  funnelStory,
  loyaltyStory,
  paymentStory,
  promotionStory,
  revenueStory,
  stockStory,
} from './stories.fixture.ts'

describe('events', () => {
  it('are told once, by their id, in the form of today', async () => {
    const older = happened('order.OrderPaid', 'o-1', 2, '2026-03-01T10:00:00Z')
    const newer = {
      ...older,
      dataschema: '/schemas/order.OrderPaid.v10.json',
      data: { paymentId: 'upcast' },
    }
    const middle = { ...older, dataschema: '/schemas/order.OrderPaid.v9.json' }
    const loose = unsequencedCloudEvent({
      origin: 'https://shop.example',
      id: 'request-1/viewed',
      context: 'catalog',
      type: 'ProductViewed',
      subject: 'MUG',
      time: '2026-03-01T23:59:59.999Z',
      category: 'business',
      trace: { correlationId: 'request-1' },
      data: { sku: 'MUG' },
    })
    const [events] = await asked([middle, newer, older, loose], 'SELECT * FROM events ORDER BY time')
    expect(events).toEqual([
      {
        id: 'order/o-1/2',
        event_type: 'order.OrderPaid',
        context: 'order',
        name: 'OrderPaid',
        subject: 'o-1',
        time: '2026-03-01 10:00:00',
        sequence: '2',
        category: 'business',
        partitionkey: 'order/o-1',
        correlationid: 'test',
        data: '{"paymentId":"upcast"}',
      },
      {
        id: 'request-1/viewed',
        event_type: 'catalog.ProductViewed',
        context: 'catalog',
        name: 'ProductViewed',
        subject: 'MUG',
        time: '2026-03-01 23:59:59.999',
        sequence: null,
        category: 'business',
        partitionkey: 'MUG',
        correlationid: 'request-1',
        data: '{"sku":"MUG"}',
      },
    ])
  })
})

describe('events of earlier releases', () => {
  it('are read beside those of today, in the order of their versions', async () => {
    const today = Array.from({ length: 12 }, (_, index) =>
      happened('order.OrderPaid', 'o-2', index + 1, `2026-03-01T10:00:${10 + index}Z`),
    )
    const events = today.map((event, index) => (index % 2 === 0 ? inEarlierForm(event) : event))
    // Sent again by a replay, in today's form.
    const [first = expect.fail()] = today
    const again = { ...first, data: { paymentId: 'again' } }
    const [rows, newest] = await asked(
      [...events, again],
      'SELECT sequence, id FROM events ORDER BY sequence',
      `SELECT max_by(id, sequence) AS newest, count(*) FILTER (WHERE data = '{"paymentId":"again"}') AS again FROM events`,
    )
    expect(rows).toEqual(today.map(({ id }, index) => ({ sequence: String(index + 1), id })))
    expect(newest).toEqual([{ newest: 'order/o-2/12', again: '1' }])
  })
})

describe('currencies', () => {
  it('have the decimals of ISO 4217, two where nothing else is said', async () => {
    const [rows = []] = await asked(cohortStory, 'SELECT * FROM currencies')
    const decimals = (currency: string) => rows.find((row) => row.currency === currency)
    expect(decimals('JPY')).toEqual({ currency: 'JPY', digits: 0, unit: '1.0000' })
    expect(decimals('KWD')).toEqual({ currency: 'KWD', digits: 3, unit: '0.0010' })
    expect(decimals('CLF')).toEqual({ currency: 'CLF', digits: 4, unit: '0.0001' })
    expect(decimals('USD')).toBeUndefined()
    const ours = [...currencyDigits].filter(([, digits]) => digits !== 2).sort()
    expect(rows.map(({ currency, digits }) => [currency, digits]).sort()).toEqual(ours)
    expect(new Set(rows.map(({ currency }) => currency)).size).toBe(rows.length)
  })
})

describe('revenue', () => {
  it('is what was sold less what went back, by the day of each, in whole units', async () => {
    const [byDay, inAll] = await asked(
      revenueStory,
      'SELECT * FROM revenue_by_day ORDER BY day, currency',
      'SELECT currency, orders, gross, net, average_order FROM revenue ORDER BY currency',
    )
    const nothing = { orders: '0', gross: '0.0000', refunds: '0.0000', written_off: '0.0000' }
    const of = (day: string, currency: string) => ({ day: `2026-03-0${day}`, currency, ...nothing })
    expect(byDay).toEqual([
      { ...of('2', 'JPY'), orders: '1', gross: '5000.0000', net: '5000.0000' },
      { ...of('2', 'KWD'), orders: '1', gross: '1.2340', net: '1.2340' },
      { ...of('2', 'USD'), orders: '4', gross: '159.9900', net: '159.9900' },
      { ...of('3', 'USD'), refunds: '35.0000', net: '-35.0000' },
      { ...of('4', 'USD'), refunds: '-3.0000', written_off: '70.0000', net: '-67.0000' },
    ])
    expect(inAll).toEqual([
      { currency: 'JPY', orders: '1', gross: '5000.0000', net: '5000.0000', average_order: 5000 },
      { currency: 'KWD', orders: '1', gross: '1.2340', net: '1.2340', average_order: 1.234 },
      {
        currency: 'USD',
        orders: '4',
        gross: '159.9900',
        net: '57.9900',
        average_order: expect.closeTo(39.9975, 6),
      },
    ])
  })
})

describe('the funnel', () => {
  it('counts visitors, carts and orders by their day, and follows carts and orders from there', async () => {
    const [byDay, inAll] = await asked(
      funnelStory,
      'SELECT * FROM funnel_by_day ORDER BY day',
      'SELECT * FROM funnel ORDER BY position',
    )
    expect(byDay).toEqual([
      {
        day: '2026-04-01',
        visitors: '2',
        carts: '2',
        carts_ordered: '1',
        orders: '0',
        paid: '0',
        delivered: '0',
        carts_percent: 100,
        ordered_percent: 50,
        paid_percent: null,
        delivered_percent: null,
      },
      {
        day: '2026-04-02',
        visitors: '1',
        carts: '1',
        carts_ordered: '0',
        orders: '3',
        paid: '2',
        delivered: '1',
        carts_percent: 100,
        ordered_percent: 0,
        paid_percent: 66.7,
        delivered_percent: 50,
      },
    ])
    expect(
      inAll?.map((row) => [row.stage, row.reached, row.converted_percent, row.per_100_visitors]),
    ).toEqual([
      ['viewed', '3', null, 100],
      ['cart', '3', 100, 100],
      ['order', '3', 33.3, 100],
      ['paid', '2', 66.7, 66.7],
      ['delivered', '1', 50, 33.3],
    ])
  })
})

describe('payment failures', () => {
  it('are told by their code, with what became of the orders', async () => {
    const [rows] = await asked(paymentStory, 'SELECT * FROM payment_failures ORDER BY code')
    expect(rows).toEqual([
      {
        code: 'card_declined',
        currency: 'USD',
        failures: '3',
        orders: '2',
        recovered: '1',
        recovered_percent: 50,
        amount: '35.5000',
        lost: '25.5000',
      },
      {
        code: 'insufficient_funds',
        currency: 'JPY',
        failures: '1',
        orders: '1',
        recovered: '0',
        recovered_percent: 0,
        amount: '3000.0000',
        lost: '3000.0000',
      },
    ])
  })
})

describe('stock-outs', () => {
  it('are the times that a shelf was empty, and what was wanted in vain', async () => {
    const [rows] = await asked(stockStory, 'SELECT * FROM stock_outs ORDER BY sku')
    expect(rows).toEqual([
      {
        sku: 'MUG',
        times_empty: '2',
        // From ten until half past twelve, and from one until the newest event, at two.
        hours_empty: 3.5,
        empty_now: true,
        refusals: '1',
        units_refused: '2',
        orders_lost: '0',
      },
      {
        sku: 'POT',
        times_empty: '0',
        hours_empty: 0,
        empty_now: false,
        refusals: '1',
        units_refused: '2',
        orders_lost: '1',
      },
    ])
  })
})

describe('delivery times', () => {
  it('are measured against the promise for the address that the parcel went to', async () => {
    const [rows] = await asked(deliveryStory, 'SELECT * FROM delivery_times ORDER BY carrier')
    expect(rows).toEqual([
      {
        carrier: 'courier',
        service: 'standard',
        delivered: '0',
        on_time: '0',
        on_time_percent: null,
        median_hours: null,
        p90_hours: null,
        median_hours_late: null,
        worst_hours_late: null,
        delayed: '0',
        failed_attempts: '1',
        failed: '1',
      },
      {
        carrier: 'post',
        service: 'standard',
        delivered: '3',
        on_time: '2',
        on_time_percent: 66.7,
        median_hours: 72,
        p90_hours: 78,
        median_hours_late: -24,
        worst_hours_late: 30,
        delayed: '1',
        failed_attempts: '1',
        failed: '0',
      },
    ])
  })
})

describe('the cost of promotions', () => {
  it('is what each campaign took off orders that were sold, at the price that they were sold at', async () => {
    const [rows] = await asked(promotionStory, 'SELECT * FROM promotion_cost ORDER BY campaign, currency')
    const row = (campaign: string, currency: string, uses: string, codes: string, customers: string) => ({
      campaign,
      currency,
      uses,
      codes,
      customers,
    })
    expect(rows).toEqual([
      {
        ...row('FREE-SHIPPING', 'USD', '1', '1', '1'),
        discount: '0.0000',
        revenue: '20.0000',
        discount_percent: 0,
      },
      {
        ...row('SUMMER-SALE', 'JPY', '1', '1', '1'),
        discount: '100.0000',
        revenue: '900.0000',
        discount_percent: 10,
      },
      {
        ...row('SUMMER-SALE', 'USD', '1', '1', '1'),
        discount: '5.0000',
        revenue: '80.0000',
        discount_percent: 5.9,
      },
      {
        ...row('WELCOME', 'USD', '2', '2', '2'),
        discount: '20.0000',
        revenue: '120.0000',
        discount_percent: 14.3,
      },
    ])
  })
})

describe('loyalty', () => {
  it('is told by the tier that each customer is in now, and by who rose and fell', async () => {
    const [tiers, movements] = await asked(
      loyaltyStory,
      'SELECT tier, customers, percent FROM loyalty_tiers ORDER BY rank',
      'SELECT * FROM loyalty_movements ORDER BY month, from_tier, to_tier',
    )
    expect(tiers).toEqual([
      { tier: 'bronze', customers: '2', percent: 66.7 },
      { tier: 'silver', customers: '0', percent: 0 },
      { tier: 'gold', customers: '1', percent: 33.3 },
      { tier: 'platinum', customers: '0', percent: 0 },
    ])
    const moved = (month: string, from_tier: string, to_tier: string, number: string) => ({
      month,
      from_tier,
      to_tier,
      movements: number,
      customers: number,
    })
    expect(movements).toEqual([
      moved('2026-09-01', 'bronze', 'silver', '3'),
      moved('2026-09-01', 'silver', 'gold', '1'),
      moved('2026-10-01', 'silver', 'bronze', '1'),
    ])
  })
})

describe('cohort retention', () => {
  it('follows the buyers of a month through the months after', async () => {
    const [rows] = await asked(cohortStory, 'SELECT * FROM cohort_retention ORDER BY cohort, months_since')
    const row = (
      cohort: string,
      cohort_size: string,
      months_since: string,
      customers: string,
      retention_percent: number,
    ) => ({ cohort, cohort_size, months_since, customers, retention_percent })
    expect(rows).toEqual([
      row('2026-01-01', '2', '0', '2', 100),
      row('2026-01-01', '2', '1', '1', 50),
      row('2026-01-01', '2', '3', '1', 50),
      row('2026-02-01', '1', '0', '1', 100),
    ])
  })
})
