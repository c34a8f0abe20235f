import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { barShare, formatted, isNumeric } from './format.ts'
import { gridOf } from './grid.ts'
import { escaped } from './html.ts'
import type { Column } from './questions.ts'
import type { Answered, Report } from './report.ts'
import { timeChart } from './time-chart.ts'

const STYLE = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8')

/** The report as one self-contained HTML page: no external scripts, fonts or images. */
export function reportPage(report: Report): string {
  const { source, from, to } = report
  const events = report.events.toLocaleString('en-US')
  const links = report.answers.map(
    ({ question }) => `<a href="#${question.name}">${escaped(question.title)}</a>`,
  )
  const sections = report.answers.map(
    ({ question, tables }) => `
<section id="${question.name}">
  <h2>${escaped(question.title)}</h2>
  <p class="note">${escaped(question.note)}</p>
  ${tables.map(tableSection).join('\n')}
</section>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Petrel: what the events tell</title>
<style>
${STYLE}</style>
</head>
<body>
<header>
  <h1>What the events tell</h1>
  <p>${events} events from ${escaped(source)}, ${from} to ${to}. Times are UTC.</p>
  <nav>${links.join('')}</nav>
</header>
<main>
${tiles(report)}${sections.join('\n')}
</main>
</body>
</html>
`
}

/** The key figures at the top. */
function tiles(report: Report): string {
  const all = report.answers.flatMap(({ tables }) => tables)
  const rowsOf = (view: string) => all.find(({ table }) => table.view === view)?.rows ?? []
  const figures = [
    ...rowsOf('revenue').flatMap((row) => [
      [`Net revenue, ${row.currency}`, formatted(row, { name: 'net', kind: 'money' })],
      [`Average order, ${row.currency}`, formatted(row, { name: 'average_order', kind: 'money' })],
    ]),
    ...rowsOf('funnel')
      .filter(({ stage }) => stage === 'order' || stage === 'delivered')
      .map((row) => [
        row.stage === 'order' ? 'Orders placed' : 'Orders delivered',
        formatted(row, { name: 'reached', kind: 'count' }),
      ]),
    ...rowsOf('delivery_times').map((row) => [
      `On time, ${row.carrier} ${row.service}`,
      formatted(row, { name: 'on_time_percent', kind: 'percent' }),
    ]),
  ]
  if (figures.length === 0) return ''
  const list = figures.map(
    ([title = '', figure = '']) => `<div><dt>${escaped(title)}</dt><dd>${escaped(figure)}</dd></div>`,
  )
  return `<dl class="tiles">${list.join('')}</dl>`
}

function tableSection(answered: Answered): string {
  const { table, rows } = answered
  const title = `<h3>${escaped(table.title)}</h3>`
  if (rows.length === 0) return `${title}<p class="none">None.</p>`
  const chart = timeChart(answered)
  return `${title}${chart}<div class="scroll">${gridTable(answered) ?? plainTable(answered)}</div>`
}

function plainTable({ table, rows }: Answered): string {
  const { columns, bar } = table
  const headings = columns.map((column) => `<th${classOf(column)}>${escaped(column.title)}</th>`)
  const lines = rows.map((row) => {
    const fields = columns.map((column) => `<td${classOf(column)}>${escaped(formatted(row, column))}</td>`)
    const width = (100 * barShare(row, table, rows)).toFixed(1)
    const drawn =
      bar === undefined
        ? ''
        : `<td class="bar"><svg><rect width="${width}%" height="100%" rx="2"/></svg></td>`
    return `<tr>${fields.join('')}${drawn}</tr>`
  })
  const barHeading = bar === undefined ? '' : '<th></th>'
  return `<table><thead><tr>${headings.join('')}${barHeading}</tr></thead><tbody>${lines.join('')}</tbody></table>`
}

function gridTable(answered: Answered): string | null {
  const grid = gridOf(answered)
  if (!grid) return null
  const headings = grid.headings.map((heading) => `<th class="number">${escaped(heading)}</th>`)
  const lines = grid.lines.map(({ heads, fields }) => {
    const cells = fields.map((field) =>
      field
        ? `<td class="number share" style="--share:${Math.round(100 * field.share)}%">${escaped(field.text)}</td>`
        : '<td></td>',
    )
    return `<tr>${heads.map((head) => `<td class="number">${escaped(head)}</td>`).join('')}${cells.join('')}</tr>`
  })
  return `<table><thead><tr>${headings.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`
}

function classOf({ kind }: Column): string {
  return isNumeric(kind) ? ' class="number"' : ''
}
