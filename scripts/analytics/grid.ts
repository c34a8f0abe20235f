import { formatted } from './format.ts'
import type { Answered } from './report.ts'

/** Rows as a grid: one line per value of one column, one field per value of another. */
export interface Grid {
  readonly headings: readonly string[]
  readonly lines: readonly {
    readonly heads: readonly string[]
    /** As text, and as a percentage; `undefined` without a row. */
    readonly fields: readonly ({ readonly text: string; readonly share: number } | undefined)[]
  }[]
}

/** The grid of a table, if it has one: the percentages of cohorts, by months since the first. */
export function gridOf({ table, rows }: Answered): Grid | null {
  if (!table.grid) return null
  const { row: byRow, column: byColumn, value } = table.grid
  const last = Math.max(-1, ...rows.map((row) => Number(row[byColumn])))
  const positions = Array.from({ length: last + 1 }, (_, position) => position)
  const heads = table.columns.filter(({ name }) => name !== byColumn && name !== value)
  const keys = [...new Set(rows.map((row) => row[byRow]))]
  const lines = keys.map((key) => {
    const members = rows.filter((row) => row[byRow] === key)
    const [first = {}] = members
    return {
      heads: heads.map((column) => formatted(first, column)),
      fields: positions.map((position) => {
        const field = members.find((row) => Number(row[byColumn]) === position)
        return (
          field && {
            text: formatted(field, { name: value, kind: 'percent' }),
            share: Number(field[value]) / 100,
          }
        )
      }),
    }
  })
  return {
    headings: [...heads.map(({ title }) => title), ...positions.map((position) => `+${position}`)],
    lines,
  }
}
