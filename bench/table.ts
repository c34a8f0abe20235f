/** Columns as wide as they have to be: the first to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const render = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return [render(head), widths.map((width) => '─'.repeat(width)).join('──'), ...rows.map(render)].join('\n')
}

/** What is written where there was nothing to measure by. */
export const UNKNOWN = '–'

/** A number with separators; one decimal below a hundred. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}

/** A share (0 to 1) in percent; a dash for one that is not known. */
export function share(value: number | null): string {
  return value === null ? UNKNOWN : `${Math.round(value * 100)} %`
}

/** The lowest and the highest of some values. */
export function spread(values: readonly number[], render: (value: number) => string = count): string {
  return `${render(Math.min(...values))} to ${render(Math.max(...values))}`
}

/** With two decimals, as ratios are written. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : UNKNOWN
}

/** A value of any size: whole numbers and large ones as they are, small ones with two decimals. */
export function amount(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 10 ? count(value) : ratio(value)
}
