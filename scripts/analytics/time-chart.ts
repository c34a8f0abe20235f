import { DAY, instantOf } from '../../shared/core/time.ts'
import { formatted, numberOf } from './format.ts'
import { escaped } from './html.ts'
import type { Column } from './questions.ts'
import type { Answered } from './report.ts'
import type { Row } from './warehouse.ts'

/** The size of the chart, in its own units. */
const WIDTH = 1_000
const HEIGHT = 180
const MARGIN = { left: 70, right: 10, top: 14, bottom: 22 } as const
/** The maximum of days in the chart; the newest are drawn. */
const MAX_DAYS = 120

/** A column per day, including days without data; one chart per currency. Empty without a time column. */
export function timeChart({ table, rows }: Answered): string {
  const drawn = table.columns.find(({ name }) => name === table.overTime)
  if (!drawn) return ''
  const currencies = drawn.kind === 'money' ? [...new Set(rows.map(({ currency }) => currency))] : [null]
  return currencies
    .map((currency) => {
      const members = currency === null ? rows : rows.filter((row) => row.currency === currency)
      return drawing(members, drawn, currency === null ? drawn.title : `${drawn.title}, ${currency}`)
    })
    .join('')
}

function drawing(rows: readonly Row[], column: Column, title: string): string {
  const byDay = new Map(rows.map((row) => [String(row.day).slice(0, 10), row]))
  const days = daysOf([...byDay.keys()])
  const values = days.map((day) => numberOf(byDay.get(day)?.[column.name]))
  const most = Math.max(...values, 0)
  const least = Math.min(...values, 0)
  if (days.length < 2 || most === least) return ''
  const [inner, step] = [
    HEIGHT - MARGIN.top - MARGIN.bottom,
    (WIDTH - MARGIN.left - MARGIN.right) / days.length,
  ]
  const y = (value: number) => MARGIN.top + (inner * (most - value)) / (most - least)
  const columns = days.map((day, index) => {
    const [value, row] = [values[index] ?? 0, byDay.get(day)]
    const [x, top] = [MARGIN.left + index * step, Math.min(y(value), y(0))]
    const height = Math.abs(y(value) - y(0))
    const label = `${day}: ${row ? formatted(row, column) : '0'}`
    return `<rect x="${x.toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(1, Math.min(step * 0.8, 60)).toFixed(1)}" height="${height.toFixed(1)}"><title>${escaped(label)}</title></rect>`
  })
  const marks = [...new Set([least, 0, most])].map((value) => {
    const text = formatted({ ...rows[0], [column.name]: value }, column)
    const at = y(value).toFixed(1)
    return `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/><text x="${MARGIN.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${escaped(text)}</text>`
  })
  const [first = '', last = ''] = [days[0], days.at(-1)]
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title} by day`)}">
${marks.join('')}${columns.join('')}
<text x="${MARGIN.left}" y="${HEIGHT - 6}">${first}</text>
<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 6}" text-anchor="end">${last}</text>
<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(title)}</text>
</svg>`
}

/** The days (`YYYY-MM-DD`) from the first to the last, limited to the newest. */
function daysOf(days: readonly string[]): string[] {
  const times = days.map((day) => Date.parse(day))
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const from = Math.max(first, last - (MAX_DAYS - 1) * DAY)
  const count = Math.round((last - from) / DAY) + 1
  return Array.from({ length: count }, (_, index) => instantOf(from + index * DAY).slice(0, 10))
}
