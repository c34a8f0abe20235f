/** The format of a column's values. Amounts are in whole units of the row's `currency`. */
export type Kind = 'text' | 'day' | 'month' | 'count' | 'money' | 'percent' | 'hours' | 'flag'

export interface Column {
  readonly name: string
  readonly title: string
  readonly kind: Kind
}

/** A table: the rows of one view. */
export interface Table {
  readonly title: string
  readonly view: string
  /** The order of the rows, in SQL. */
  readonly order: string
  readonly columns: readonly Column[]
  /** The column drawn as a bar beside each row; amounts are compared within their currency. */
  readonly bar?: string
  /** The column drawn over time, by the column `day`. */
  readonly overTime?: string
  /** Values of one column, as a grid over two others. */
  readonly grid?: { readonly row: string; readonly column: string; readonly value: string }
}

/** A business question, and the tables that answer it. */
export interface Question {
  readonly name: string
  readonly title: string
  /** The definitions needed to interpret the numbers. */
  readonly note: string
  readonly tables: readonly Table[]
}

const text = (name: string, title = name): Column => ({ name, title, kind: 'text' })
const count = (name: string, title = name): Column => ({ name, title, kind: 'count' })
const money = (name: string, title = name): Column => ({ name, title, kind: 'money' })
const percent = (name: string, title = name): Column => ({ name, title, kind: 'percent' })
const hours = (name: string, title = name): Column => ({ name, title, kind: 'hours' })
const day: Column = { name: 'day', title: 'day', kind: 'day' }
const month = (name: string, title = name): Column => ({ name, title, kind: 'month' })

const amounts = [
  text('currency'),
  count('orders'),
  money('gross'),
  money('refunds'),
  money('written_off', 'written off'),
  money('net'),
]

/** All questions, in the order of the report. */
export const questions: readonly Question[] = [
  {
    name: 'revenue',
    title: 'Revenue',
    note: 'An order counts on the day on which it became a sale: paid, of nothing to pay, or confirmed for invoice.',
    tables: [
      {
        title: 'By day',
        view: 'revenue_by_day',
        order: 'day, currency',
        columns: [day, ...amounts],
        bar: 'net',
        overTime: 'net',
      },
      {
        title: 'In all',
        view: 'revenue',
        order: 'currency',
        columns: [...amounts, money('average_order', 'average order')],
      },
    ],
  },
  {
    name: 'funnel',
    title: 'From the first look to the doorstep',
    note: 'What became of an order counts for the day on which it was placed. Orders can be placed without a cart.',
    tables: [
      {
        title: 'In all',
        view: 'funnel',
        order: 'position',
        columns: [
          text('stage'),
          count('reached'),
          percent('converted_percent', 'of the stage before'),
          count('per_100_visitors', 'per 100 visitors'),
        ],
        bar: 'reached',
      },
      {
        title: 'By day',
        view: 'funnel_by_day',
        order: 'day',
        columns: [
          day,
          count('visitors'),
          count('carts'),
          count('carts_ordered', 'carts ordered'),
          count('orders'),
          count('paid'),
          count('delivered'),
          percent('carts_percent', 'carts %'),
          percent('ordered_percent', 'ordered %'),
          percent('paid_percent', 'paid %'),
          percent('delivered_percent', 'delivered %'),
        ],
        overTime: 'orders',
      },
    ],
  },
  {
    name: 'payments',
    title: 'Payments that failed',
    note: 'Recovered: the order became a sale all the same. Lost: the amount of orders that did not, by now.',
    tables: [
      {
        title: 'By code',
        view: 'payment_failures',
        order: 'failures DESC, code, currency',
        columns: [
          text('code'),
          text('currency'),
          count('failures'),
          count('orders'),
          count('recovered'),
          percent('recovered_percent', 'recovered %'),
          money('amount'),
          money('lost'),
        ],
        bar: 'failures',
      },
    ],
  },
  {
    name: 'stock',
    title: 'Stock-outs',
    note: 'Empty: nothing that could be promised, on hand less reserved. Refused: more was wanted than there was.',
    tables: [
      {
        title: 'By product',
        view: 'stock_outs',
        order: 'refusals DESC, hours_empty DESC, sku',
        columns: [
          text('sku', 'SKU'),
          count('times_empty', 'times empty'),
          hours('hours_empty', 'empty for'),
          { name: 'empty_now', title: 'empty now', kind: 'flag' },
          count('refusals'),
          count('units_refused', 'units refused'),
          count('orders_lost', 'orders lost'),
        ],
        bar: 'units_refused',
      },
    ],
  },
  {
    name: 'delivery',
    title: 'Deliveries against the promise',
    note: 'Late: after the end of the window that the customer was promised; negative is before it.',
    tables: [
      {
        title: 'By carrier and service',
        view: 'delivery_times',
        order: 'delivered DESC, carrier, service',
        columns: [
          text('carrier'),
          text('service'),
          count('delivered'),
          count('on_time', 'on time'),
          percent('on_time_percent', 'on time %'),
          hours('median_hours', 'median'),
          hours('p90_hours', '90 % within'),
          hours('median_hours_late', 'median late'),
          hours('worst_hours_late', 'worst late'),
          count('delayed'),
          count('failed_attempts', 'in vain'),
          count('failed'),
        ],
        bar: 'on_time_percent',
      },
    ],
  },
  {
    name: 'promotions',
    title: 'What promotions cost',
    note: 'Over orders that became a sale. Personal codes of one sort (WELCOME-…) are one campaign.',
    tables: [
      {
        title: 'By campaign',
        view: 'promotion_cost',
        order: 'currency, discount DESC, campaign',
        columns: [
          text('campaign'),
          text('currency'),
          count('uses'),
          count('codes'),
          count('customers'),
          money('discount'),
          percent('discount_percent', 'discount %'),
          money('revenue'),
        ],
        bar: 'discount',
      },
    ],
  },
  {
    name: 'loyalty',
    title: 'Loyalty',
    note: 'Registered customers who are not erased, by the tier that they are in now; and who rose and fell.',
    tables: [
      {
        title: 'Tiers',
        view: 'loyalty_tiers',
        order: 'rank',
        columns: [text('tier'), count('customers'), percent('percent', '%')],
        bar: 'customers',
      },
      {
        title: 'Movements by month',
        view: 'loyalty_movements',
        order: 'month, from_tier, to_tier',
        columns: [
          month('month'),
          text('from_tier', 'from'),
          text('to_tier', 'to'),
          count('movements'),
          count('customers'),
        ],
      },
    ],
  },
  {
    name: 'retention',
    title: 'Customers who come back',
    note: 'Of the customers whose first sale was in a month, the part that bought (again) so many months later.',
    tables: [
      {
        title: 'By month of the first sale',
        view: 'cohort_retention',
        order: 'cohort, months_since',
        columns: [
          month('cohort', 'first sale'),
          count('cohort_size', 'customers'),
          count('months_since', 'months later'),
          percent('retention_percent', 'of them'),
        ],
        grid: { row: 'cohort', column: 'months_since', value: 'retention_percent' },
      },
    ],
  },
]
