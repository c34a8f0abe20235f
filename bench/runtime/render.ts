import { heading } from '../machine.ts'
import { billedUnits, priceOfMillion, prices } from '../prices.ts'
import type { ColdStart } from '../scenarios/cold-start.ts'
import { amount, count, ratio, share, spread, table, UNKNOWN } from '../table.ts'
import type { CountedScenario } from './counts.ts'
import type { Report } from './report.ts'
import type { Row } from './rows.ts'
import type { OnStorage } from './targets.ts'

/** A client that takes so much of a processor (0 to 1) is what is slow. */
const BUSY = 0.9

/** The report as people read it. */
export function render({ machine, options, measured, counted, coldStart, targets }: Report): string {
  const { rounds, connections, span } = options
  const rows = measured.flatMap((one) => one.rows)
  const parts = [
    `${heading('Petrel bench', machine)}\n` +
      `${connections} connections · median of ${rounds} × ${span.measured / 1_000} s, ` +
      `each after ${span.rampUp / 1_000} s that are not counted · then until the runtime is idle`,
    ...(rows.length > 0 ? ratios(rows, counted) : []),
    ...rows.flatMap(busyClient),
    ...rows.flatMap(faults),
    ...buyersWait(measured),
    ...counts(counted),
    ...coldStarts(coldStart),
  ]
  if (targets.length > 0)
    parts.push(
      targets
        .map(
          ({ name, value, bound, met }) =>
            `${met ? 'MET   ' : 'MISSED'} ${name}: ${amount(value)} (${bound})`,
        )
        .join('\n'),
    )
  return `${parts.join('\n\n')}\n`
}

function ratios(rows: readonly Row[], counted: readonly CountedScenario[]): string[] {
  const flushesOf = (name: string) => counted.find((one) => one.name === name)?.flushes ?? null
  const bare = flushesOf('insert')
  return [
    table(
      [
        '× (b): as a multiple of (b)',
        'on',
        'burst/s',
        '× (b)',
        'sustained/s',
        '× (b)',
        'drain s',
        'CPU ms',
        '× (b)',
        'flushes',
        'p50 ms',
        'p99 ms',
        'gap p99',
        'longest',
        'resets',
        'runtime',
        'burst, rounds',
      ],
      rows.map((row) => {
        const flushes = flushesOf(row.name)
        return [
          row.title,
          row.storage,
          count(row.perSecond),
          known(row.ofInsert, ratio),
          count(row.sustained),
          known(row.sustainedOfInsert, ratio),
          row.drainSeconds.toFixed(1),
          known(row.processorTime, ratio),
          known(row.processorTimeOfInsert, count),
          known(flushes, count),
          row.p50.toFixed(1),
          row.p99.toFixed(1),
          count(row.gapP99),
          count(row.longestGap),
          String(row.resets),
          share(row.runtimeLoad),
          spread(row.rounds.map(({ perSecond }) => perSecond)),
        ]
      }),
    ),
    'burst: completed a second of load, after its ramp-up. sustained: completed ÷ (load + drain). CPU: of the runtime, user and system,\n' +
      'of load and drain, for each completed operation; what closing idle objects takes later comes on top: ' +
      `${closing(rows, counted)}.\n` +
      'gap: between two answers of an idle Worker of the same process, which is asked every 20 ms (ms).\n' +
      'runtime: of one processor; well below 100 % it has waited for the disk.' +
      (counted.length > 0 && bare === null
        ? '\nflushes: not counted, because there is no strace that may trace on the PATH.'
        : ''),
  ]
}

/** What a checkout costs when its objects are closed. */
function closing(rows: readonly Row[], counted: readonly CountedScenario[]): string {
  const times = rows.flatMap(({ name, storage, closingTime }) =>
    name === 'checkout' && closingTime !== null ? [`${closingTime.toFixed(1)} ms (${storage})`] : [],
  )
  const flushes = counted.find(({ name }) => name === 'checkout')?.closingFlushes ?? null
  return `for a checkout ${times.join(', ') || UNKNOWN}, ${known(flushes, count)} flushes`
}

/** The client has one processor, too. */
function busyClient({ title, storage, clientLoad }: Row): string[] {
  if (clientLoad < BUSY) return []
  return [
    `During "${title}" on ${storage} the client took ${share(clientLoad)} of a processor: it has measured itself.`,
  ]
}

function faults({ title, storage, failures, resets, undrained, firstFailure }: Row): string[] {
  const of = `"${title}" on ${storage}`
  return [
    ...(resets > 0 ? [`FAILED: ${resets} connections were reset during ${of}.`] : []),
    ...(failures > 0 ? [`FAILED: ${failures} of ${of}: ${firstFailure}`] : []),
    ...(undrained > 0
      ? [`FAILED: the runtime did not come to rest after ${undrained} rounds of ${of}.`]
      : []),
  ]
}

function buyersWait(measured: readonly OnStorage[]): string[] {
  const lines = measured.flatMap(({ storage, latency }) => {
    if (!latency) return []
    const { single, open } = latency
    const cells = ({ p50, p99 }: { p50: number; p99: number }) => [p50.toFixed(1), p99.toFixed(1)]
    return [
      [`one connection: cart, item, checkout`, storage, ...cells(single.whole), count(single.checkouts)],
      ['  … the cart', storage, ...cells(single.calls.cart), ''],
      ['  … an item', storage, ...cells(single.calls.item), ''],
      ['  … the checkout, until confirmed', storage, ...cells(single.calls.checkout), ''],
      ...(open
        ? [
            [
              `${open.offered.toFixed(1)} begin a second, 80 % of sustained`,
              storage,
              ...cells(open),
              count(open.checkouts),
            ],
          ]
        : []),
    ]
  })
  const failed = measured.flatMap(({ storage, latency }) =>
    latency && latency.failures + latency.resets > 0
      ? [
          `FAILED: ${latency.failures} of these on ${storage}, ${latency.resets} reset${latency.firstFailure === null ? '' : `: ${latency.firstFailure}`}`,
        ]
      : [],
  )
  if (lines.length === 0) return failed
  return [
    table(['whole checkouts, as their buyers wait', 'on', 'p50 ms', 'p99 ms', 'checkouts'], lines),
    'At a fixed rate, latency counts from the moment at which a checkout was to begin: what waits for a free\nconnection because others are slow counts (no coordinated omission).',
    ...failed,
  ]
}

function counts(counted: readonly CountedScenario[]): string[] {
  const known = counted.flatMap(({ title, counts }) => (counts ? [{ title, counts }] : []))
  if (known.length === 0) return []
  const units = {
    objectRequests: 'object requests',
    rowsRead: 'rows read',
    rowsWritten: 'rows written',
    alarmsSet: 'alarms set',
    queueMessages: 'queue messages',
    bucketWrites: 'R2 class A',
    databaseRowsRead: 'D1 read',
    databaseRowsWritten: 'D1 written',
  } as const
  return [
    table(
      ['counted for each operation', ...billedUnits.map((unit) => units[unit]), '$ a million'],
      [
        ...known.map(({ title, counts }) => [
          title,
          ...billedUnits.map((unit) => amount(counts[unit])),
          count(priceOfMillion(counts)),
        ]),
        ['list price of a million, $', ...billedUnits.map((unit) => String(prices[unit].dollars)), ''],
      ],
    ),
    `Prices: ${[...new Set(billedUnits.map((unit) => prices[unit].source))].join('\n        ')}\n` +
      'Not among them: Worker requests and CPU, duration of objects, what is stored.',
  ]
}

function coldStarts(coldStart: readonly ColdStart[]): string[] {
  if (coldStart.length === 0) return []
  return [
    table(
      ['first read after a restart', 'median ms', 'fastest', 'slowest', 'reads', `× ${coldStart[0]?.events}`],
      coldStart.map((one) => [
        `${count(one.events)} events`,
        one.median.toFixed(2),
        one.fastest.toFixed(2),
        one.slowest.toFixed(2),
        String(one.reads),
        (one.median / (coldStart[0]?.median ?? Number.NaN)).toFixed(2),
      ]),
    ),
  ]
}

function known(value: number | null, render: (value: number) => string): string {
  return value === null ? UNKNOWN : render(value)
}
