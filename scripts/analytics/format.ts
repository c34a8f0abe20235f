import type { Kind, Table } from './questions.ts'
import type { Cell, Row } from './warehouse.ts'

const HOURS_OF_A_DAY = 24

/** Formats a value of a row; a missing value becomes a hyphen. */
export function formatted(row: Row, { name, kind }: { name: string; kind: Kind }): string {
  const value = row[name]
  if (value === undefined || value === null) return '-'
  switch (kind) {
    case 'text':
      // Codes come from payment services and operators: strip control characters before they reach a terminal.
      return String(value).replaceAll(/\p{Cc}/gu, '·')
    case 'day':
      return String(value).slice(0, 10)
    case 'month':
      return String(value).slice(0, 7)
    case 'count':
      return Number(value).toLocaleString('en-US', { maximumFractionDigits: 1 })
    case 'percent':
      return `${Number(value).toFixed(1)} %`
    case 'money':
      return amount(Number(value), numberOf(row.digits))
    case 'hours':
      return duration(Number(value))
    case 'flag':
      return value === true ? 'yes' : 'no'
  }
}

/** Whether the values of a column are numbers, which are right-aligned. */
export function isNumeric(kind: Kind): boolean {
  return kind === 'count' || kind === 'percent' || kind === 'money' || kind === 'hours'
}

/** A value as a number; a missing value is 0. */
export function numberOf(value: Cell | undefined): number {
  return value === undefined || value === null ? 0 : Number(value)
}

/** The length of a row's bar relative to the largest value of its column (and currency), from 0 to 1. */
export function barShare(row: Row, { columns, bar }: Table, rows: readonly Row[]): number {
  if (bar === undefined) return 0
  const isMoney = columns.some(({ name, kind }) => name === bar && kind === 'money')
  const peers = isMoney ? rows.filter(({ currency }) => currency === row.currency) : rows
  const isPercent = columns.some(({ name, kind }) => name === bar && kind === 'percent')
  const most = isPercent ? 100 : Math.max(...peers.map((peer) => numberOf(peer[bar])))
  return most > 0 ? Math.min(1, Math.max(0, numberOf(row[bar]) / most)) : 0
}

/** Hours in a suitable unit: `12 s`, `40 min`, `18.5 h`, `8.1 d`. */
export function duration(hours: number): string {
  const size = Math.abs(hours)
  if (size < 1 / 60) return `${Math.round(hours * 3_600)} s`
  if (size < 1) return `${Math.round(hours * 60)} min`
  if (size < 2 * HOURS_OF_A_DAY) return `${hours.toFixed(1)} h`
  return `${(hours / HOURS_OF_A_DAY).toFixed(1)} d`
}

function amount(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
