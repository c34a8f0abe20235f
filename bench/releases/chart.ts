import { amount } from '../table.ts'

/** One line of a chart: a value for each release, `null` where there is none. */
export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
}

/** Some lines over releases, and what they are to reach. */
export interface Chart {
  readonly title: string
  readonly lines: readonly Line[]
  readonly target?: { readonly value: number; readonly text: string }
}

const WIDTH = 420
const HEIGHT = 200
const LEFT = 46
const RIGHT = 96
const TOP = 14
const BOTTOM = 26

/** A chart as SVG, which takes its colours from the page. `labels`: of the releases, oldest first. */
export function drawChart({ title, lines, target }: Chart, labels: readonly string[]): string {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null))
  const top = Math.max(1e-9, ...values, target?.value ?? 0) * 1.1
  const x = (index: number) =>
    LEFT + (labels.length === 1 ? 0.5 : index / (labels.length - 1)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  const grid = [0, top / 2, top].map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>` +
      `<text class="axis" x="${LEFT - 6}" y="${at(y(value) + 4)}" text-anchor="end">${amount(value)}</text>`,
  )
  const bound = target
    ? `<line class="target" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(target.value))}" y2="${at(y(target.value))}"/>`
    : ''
  const drawn = lines.map((line, number) => {
    const points = line.values.flatMap((value, index) => (value === null ? [] : [{ value, index }]))
    const path = points.map(({ value, index }) => `${at(x(index))},${at(y(value))}`).join(' ')
    const dots = points.map(
      ({ value, index }) =>
        `<circle cx="${at(x(index))}" cy="${at(y(value))}" r="3.5"><title>${escaped(labels[index] ?? '')}: ` +
        `${amount(value)}</title></circle>`,
    )
    return `<g class="line line-${number}"><polyline points="${path}"/>${dots.join('')}</g>`
  })
  const names = apart(
    lines.flatMap((line, number) => {
      const last = line.values.at(-1) ?? null
      return last === null ? [] : [{ number, text: `${amount(last)} ${line.name}`, y: y(last) + 4 }]
    }),
  ).map(
    ({ number, text, y }) =>
      `<text class="name name-${number}" x="${WIDTH - RIGHT + 8}" y="${at(y)}">${escaped(text)}</text>`,
  )
  const ends = [...new Set([0, labels.length - 1])].map(
    (index) =>
      `<text class="axis" x="${at(x(index))}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(labels[index] ?? '')}</text>`,
  )
  const caption = target ? `${title} <small>(${escaped(target.text)})</small>` : title
  return (
    `<figure><figcaption>${caption}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">` +
    `${[...grid, bound, ...drawn, ...names, ...ends].join('')}</svg></figure>`
  )
}

/** Moves names that would overlap away from each other, downwards. */
function apart<Name extends { readonly y: number }>(names: readonly Name[]): Name[] {
  let free = 0
  return names
    .toSorted((a, b) => a.y - b.y)
    .map((name) => {
      const y = Math.max(name.y, free)
      free = y + 14
      return { ...name, y }
    })
}

function at(position: number): string {
  return position.toFixed(1)
}

/** Text as it stands in HTML. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
