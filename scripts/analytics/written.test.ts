import { describe, expect, it } from 'vitest'
import { barShare, duration, formatted } from './format.ts'
import { reportPage } from './page.ts'
import { type Question, questions } from './questions.ts'
import type { Report } from './report.ts'
import { reportText } from './terminal.ts'
import type { Row } from './warehouse.ts'

/** A report on one question, with these rows for its tables. */
function report(name: string, ...tables: readonly (readonly Row[])[]): Report {
  const question = questions.find((one) => one.name === name)
  if (!question) throw new Error(`no question ${name}`)
  return {
    source: 'a <lake>',
    events: 1_234,
    from: '2026-03-01',
    to: '2026-03-31',
    answers: [told(question, tables)],
  }
}

function told(question: Question, tables: readonly (readonly Row[])[]) {
  return { question, tables: question.tables.map((table, index) => ({ table, rows: tables[index] ?? [] })) }
}

function sales(day: string, currency: string, net: string, digits = 2): Row {
  return { day, currency, orders: '1', gross: net, refunds: '0.0000', written_off: '0.0000', net, digits }
}

const plain = { rich: false, days: 2 }

describe('values', () => {
  it.each([
    [{ value: '1234.5000', digits: 2 }, 'money', '1,234.50'],
    [{ value: '1234.0000', digits: 0 }, 'money', '1,234'],
    [{ value: '1.2340', digits: 3 }, 'money', '1.234'],
    [{ value: 33.3 }, 'percent', '33.3 %'],
    [{ value: '1234567' }, 'count', '1,234,567'],
    [{ value: null }, 'money', '-'],
    [{ value: '2026-03-01' }, 'month', '2026-03'],
    [{ value: true }, 'flag', 'yes'],
    // A terminal executes control characters.
    [{ value: 'card\u001b[2Jdeclined' }, 'text', 'card·[2Jdeclined'],
  ] as const)('%j as %s is %s', (row, kind, text) => {
    expect(formatted(row, { name: 'value', kind })).toBe(text)
  })

  it('in hours are told in the unit that suits them', () => {
    expect([0.005, 0.5, 18.5, 72, -72].map(duration)).toEqual(['18 s', '30 min', '18.5 h', '3.0 d', '-3.0 d'])
  })

  it('are drawn against others of their currency', () => {
    const rows = [
      sales('2026-03-01', 'USD', '50'),
      sales('2026-03-01', 'JPY', '9000'),
      sales('2026-03-02', 'USD', '100'),
    ]
    const [table] = report('revenue', rows).answers[0]?.question.tables ?? []
    expect(table && rows.map((row) => barShare(row, table, rows))).toEqual([0.5, 1, 1])
    const [loss] = [sales('2026-03-03', 'USD', '-20')]
    expect(table && loss && barShare(loss, table, [...rows, loss])).toBe(0)
  })
})

describe('the text', () => {
  it('is plain where nobody draws, and shows the newest days', () => {
    const days = ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => sales(day, 'USD', '10.0000'))
    const text = reportText(report('revenue', days), plain)
    expect(text).toMatch(/^1,234 events from a <lake>/)
    expect(text).toContain('2026-03-03  USD            1  10.00     0.00         0.00  10.00  ####')
    expect(text).toContain('… and 1 more before')
    expect(text).not.toContain('2026-03-01  USD')
    expect(text).not.toContain('\u001b')
    // The table without rows.
    expect(text).toMatch(/In all\n {4}none/)
  })

  it('is drawn on a terminal', () => {
    const days = [sales('2026-03-01', 'USD', '10'), sales('2026-03-02', 'USD', '5.1')]
    const text = reportText(report('revenue', days), { rich: true, days: 31 })
    expect(text).toContain(`\u001b[36m${'█'.repeat(24)}\u001b[0m`)
    expect(text).toContain(`\u001b[36m${'█'.repeat(12)}▎\u001b[0m`)
  })

  it('sets cohorts out by the months after', () => {
    const cohort = (month: string, months_since: string, retention_percent: number): Row => ({
      cohort: month,
      cohort_size: '2',
      months_since,
      customers: '1',
      retention_percent,
    })
    const rows = [
      cohort('2026-01-01', '0', 100),
      cohort('2026-01-01', '2', 50),
      cohort('2026-02-01', '0', 100),
    ]
    const text = reportText(report('retention', rows), plain)
    expect(text).toMatch(/first sale {2}customers {7}\+0 {2}\+1 {6}\+2\n/)
    expect(text).toMatch(/2026-01 {13}2 {2}100\.0 % {6}50\.0 %\n {4}2026-02 {13}2 {2}100\.0 %\n/)
  })
})

describe('the page', () => {
  it('shows what operators and gateways have written as text', () => {
    const failure = {
      code: '<script>',
      currency: 'USD',
      failures: '1',
      orders: '1',
      recovered: '0',
      digits: 2,
    }
    const html = reportPage(
      report('payments', [{ ...failure, recovered_percent: 0, amount: '1', lost: '1' }]),
    )
    expect(html).toContain('&lt;script&gt;')
    expect(html).toContain('a &lt;lake&gt;')
    expect(html).not.toContain('<script>')
  })

  it('draws a column for each day, those without a sale too, and one drawing for each currency', () => {
    const rows = [
      sales('2026-03-01', 'USD', '10'),
      sales('2026-03-04', 'USD', '-5'),
      sales('2026-03-01', 'JPY', '900', 0),
      sales('2026-03-02', 'JPY', '1000', 0),
    ]
    const html = reportPage(report('revenue', rows))
    expect(html.match(/<svg class="chart"/g)).toHaveLength(2)
    const titles = [...html.matchAll(/<title>(\d{4}-.*?)<\/title>/g)].map(([, title]) => title)
    expect(titles).toEqual([
      ...['2026-03-01: 10.00', '2026-03-02: 0', '2026-03-03: 0', '2026-03-04: -5.00'],
      ...['2026-03-01: 900', '2026-03-02: 1,000'],
    ])
  })
})
