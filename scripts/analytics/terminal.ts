import { barShare, formatted, isNumeric } from './format.ts'
import { gridOf } from './grid.ts'
import type { Answered, Report } from './report.ts'

/** The output capabilities: colours and blocks on a terminal, plain characters in a file or a pipe. */
export interface Style {
  readonly rich: boolean
  /** The maximum of rows of a table by day; the newest are shown. */
  readonly days: number
}

const BAR_WIDTH = 24
/** An eighth of a character, two eighths, … */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** The report as text. */
export function reportText(report: Report, style: Style): string {
  const events = report.events.toLocaleString('en-US')
  const lines = [`${events} events from ${report.source}, ${report.from} to ${report.to} (UTC)`]
  for (const { question, tables } of report.answers) {
    lines.push('', strong(question.title, style), faint(question.note, style))
    for (const answered of tables) lines.push('', `  ${answered.table.title}`, ...tableLines(answered, style))
  }
  return `${lines.join('\n')}\n`
}

function tableLines(answered: Answered, style: Style): string[] {
  const { table, rows } = answered
  if (rows.length === 0) return ['    none']
  const grid = gridOf(answered)
  if (grid) {
    const lines = grid.lines.map(({ heads, fields }) => [
      ...heads,
      ...fields.map((field) => field?.text ?? ''),
    ])
    return aligned(grid.headings, lines, (column) => column > 0, style)
  }
  const shown = table.columns[0]?.kind === 'day' ? rows.slice(-style.days) : rows
  const lines = shown.map((row) => [
    ...table.columns.map((column) => formatted(row, column)),
    ...(table.bar === undefined ? [] : [bar(barShare(row, table, shown), style)]),
  ])
  const headings = table.columns.map(({ title }) => title)
  const left = rows.length - shown.length
  return [
    ...(left > 0 ? [faint(`    … and ${left} more before`, style)] : []),
    ...aligned(headings, lines, (column) => isNumeric(table.columns[column]?.kind ?? 'text'), style),
  ]
}

function aligned(
  headings: readonly string[],
  lines: readonly (readonly string[])[],
  isRight: (column: number) => boolean,
  style: Style,
): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const write = (line: readonly string[]) =>
    line
      .map((text, column) => {
        const width = widths[column] ?? 0
        return isRight(column) ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [faint(`    ${write(headings)}`, style), ...lines.map((line) => `    ${write(line)}`)]
}

/** A bar of a width from 0 to 1. */
function bar(share: number, { rich }: Style): string {
  if (!rich) return '#'.repeat(Math.round(share * BAR_WIDTH))
  const eighths = Math.round(share * BAR_WIDTH * 8)
  return `\u001b[36m${'█'.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}\u001b[0m`
}

function strong(text: string, { rich }: Style): string {
  return rich ? `\u001b[1m${text}\u001b[0m` : text
}

function faint(text: string, { rich }: Style): string {
  return rich ? `\u001b[2m${text}\u001b[0m` : text
}
