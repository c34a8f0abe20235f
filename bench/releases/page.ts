import { priceOfMillion } from '../prices.ts'
import { amount } from '../table.ts'
import { type Chart, drawChart, escaped, type Line } from './chart.ts'
import type { Summary } from './summary.ts'

type Row = Summary['rows'][number]
type Storage = Row['storage']

const STORAGES: readonly Storage[] = ['memory', 'disk']

const STYLE = `
:root { color-scheme: light dark; --text: #1c2127; --quiet: #5d6873; --rule: #d9dee3; --back: #fff;
  --line-0: #1463b8; --line-1: #b8490f; --line-2: #2c7a3f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ec; --quiet: #9aa5b0; --rule: #363d45; --back: #15191d;
    --line-0: #6cb1ff; --line-1: #ff9b5e; --line-2: #7bd08f; --bad: #ff8a80; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
p, small, .axis { color: var(--quiet); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; }
figcaption { font-weight: 600; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.axis { fill: var(--quiet); }
.grid { stroke: var(--rule); }
.target { stroke: var(--quiet); stroke-dasharray: 5 4; }
.line polyline { fill: none; stroke-width: 2; }
.line-0 { stroke: var(--line-0); fill: var(--line-0); } .name-0 { fill: var(--line-0); }
.line-1 { stroke: var(--line-1); fill: var(--line-1); } .name-1 { fill: var(--line-1); }
.line-2 { stroke: var(--line-2); fill: var(--line-2); } .name-2 { fill: var(--line-2); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--rule); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.missed { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; }
`

/** A page of all kept results, oldest first, that asks no other host for anything. */
export function drawPage(releases: readonly Summary[]): string {
  const labels = releases.map(({ at }) => at.slice(0, 10))
  const newest = releases.at(-1)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Petrel bench</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Petrel bench</h1>
<p>Written by <code>npx bun run bench --release</code>. What the words mean: docs/performance.md. Absolute numbers
compare only on the same machine; ratios to a bare Durable Object compare better.</p>
${
  newest
    ? `<div class="charts">${charts(releases)
        .map((chart) => drawChart(chart, labels))
        .join('\n')}</div>`
    : '<p>No result is kept yet.</p>'
}
${newest ? targets(newest) : ''}
${newest ? table(releases) : ''}
</body>
</html>
`
}

function charts(releases: readonly Summary[]): Chart[] {
  const of = (name: string, value: (row: Row) => number | null): Line[] =>
    STORAGES.map((storage) => ({
      name: storage,
      values: releases.map(({ rows }) => {
        const row = rows.find((one) => one.name === name && one.storage === storage)
        return row ? value(row) : null
      }),
    }))
  const counted = (name: string, value: (checkout: Summary['counted'][number]) => number | null): Line => ({
    name,
    values: releases.map(({ counted }) => {
      const checkout = counted.find((one) => one.name === 'checkout')
      return checkout ? value(checkout) : null
    }),
  })
  const target = (value: number, text: string) => ({ value, text })
  return [
    {
      title: 'Checkouts a second, sustained',
      lines: of('checkout', (row) => row.sustained),
      target: target(24, 'at least 24 in memory, 11 on disk'),
    },
    {
      title: 'Checkouts a second, burst',
      lines: of('checkout', (row) => row.perSecond),
    },
    {
      title: 'CPU for each checkout, ms',
      lines: of('checkout', (row) => row.processorTime),
      target: target(40, 'at most 40 in memory'),
    },
    {
      title: 'Flushes for each checkout',
      lines: [counted('', ({ flushes }) => flushes)],
      target: target(75, 'at most 75'),
    },
    {
      title: 'One command, as a multiple of the bare object',
      lines: of('command', (row) => row.ofInsert),
      target: target(0.75, 'at least 0.75 on disk'),
    },
    {
      title: 'Reservations of one hot SKU, as a multiple of the bare object',
      lines: of('hot-reservation', (row) => row.ofInsert),
      target: target(0.7, 'at least 0.7 on disk'),
    },
    {
      title: 'p99 of a checkout under load, ms',
      lines: of('checkout', (row) => row.p99),
      target: target(2_000, 'at most 2,000'),
    },
    {
      title: 'The three calls at one connection, p50 ms',
      lines: STORAGES.map((storage) => ({
        name: storage,
        values: releases.map(
          ({ latency }) => latency.find((one) => one.storage === storage)?.single.whole.p50 ?? null,
        ),
      })),
      target: target(75, 'at most 75 on disk'),
    },
    {
      title: 'List price of a million checkouts, $',
      lines: [counted('', ({ counts }) => priceOf(counts))],
      target: target(110, 'at most 110'),
    },
  ]
}

/** At today's prices, so that results of all times compare. */
function priceOf(counts: Summary['counted'][number]['counts']): number | null {
  return counts === null ? null : priceOfMillion(counts)
}

function targets({ commit, at, targets }: Summary): string {
  const rows = targets.map(
    ({ name, value, bound, met }) =>
      `<tr><td>${escaped(name)}</td><td class="number">${amount(value)}</td>` +
      `<td>${escaped(bound)}</td><td${met ? '' : ' class="missed"'}>${met ? 'met' : 'missed'}</td></tr>`,
  )
  return `<h2>Targets, ${at.slice(0, 10)} (${escaped(commit)})</h2>
<div class="scroll"><table><tr><th>target</th><th>value</th><th>bound</th><th></th></tr>
${rows.join('\n')}</table></div>`
}

function table(releases: readonly Summary[]): string {
  const rows = releases
    .toReversed()
    .map(
      ({ at, commit, machine, rounds, seconds, connections }) =>
        `<tr><td>${at.slice(0, 16).replace('T', ' ')}</td><td><a href="${at.slice(0, 10)}-${escaped(commit)}.json">` +
        `${escaped(commit)}</a></td><td>${machine.processors} × ${escaped(machine.model)}</td>` +
        `<td>${escaped(machine.workerd)}</td><td>${rounds} × ${seconds} s, ${connections} connections</td></tr>`,
    )
  return `<h2>Results</h2>
<div class="scroll"><table><tr><th>measured (UTC)</th><th>commit</th><th>machine</th><th>workerd</th><th>rounds</th></tr>
${rows.join('\n')}</table></div>`
}
