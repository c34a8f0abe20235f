import { heading, type Machine } from '../machine.ts'
import { count, ratio } from '../table.ts'
import { type Audit, isWhole } from './audit.ts'
import type { Sample } from './sample.ts'
import { type Trend, trendOf } from './trend.ts'

/**
 * More than this is a leak (MB for each 1,000 orders), once there are enough orders to tell. The local runtime itself keeps
 * about 40 MB of the objects of 1,000 orders: docs/performance.md, "Memory".
 */
const MEMORY_AT_MOST = 60
const ORDERS_TO_TELL = 1_000
/** Forwarding that falls behind by more than this (s for each minute) does not keep up. */
const LAG_AT_MOST = 5

/** All that a soak has found. */
export interface SoakReport {
  readonly machine: Machine
  /** Checkouts that were to begin a second. */
  readonly offered: number
  readonly samples: readonly Sample[]
  readonly failures: number
  readonly resets: number
  readonly firstFailure: string | null
  readonly drainSeconds: number
  readonly drained: boolean
  /** After the drain. */
  readonly parked: number
  readonly audit: Audit
}

/** One sentence of the verdict. */
interface Finding {
  readonly text: string
  readonly isGood: boolean
}

/** The report as people read it, and whether all is well. */
export function verdict(report: SoakReport): { readonly text: string; readonly isGood: boolean } {
  const trend = trendOf(report.samples)
  const findings = [...loadFindings(report), ...trendFindings(trend), ...auditFindings(report)]
  const lines = findings.map(({ text, isGood }) => `${isGood ? 'GOOD  ' : 'FAILED'} ${text}`)
  const text = `${heading('Petrel soak', report.machine)}\n\n${lines.join('\n')}\n`
  return { text, isGood: findings.every(({ isGood }) => isGood) }
}

function loadFindings({
  offered,
  failures,
  resets,
  firstFailure,
  drained,
  drainSeconds,
}: SoakReport): Finding[] {
  const fault = firstFailure === null ? '' : `: ${firstFailure}`
  return [
    {
      text: `${offered.toFixed(1)} checkouts a second were to begin; ${failures} failed, ${resets} were reset${fault}`,
      isGood: failures + resets === 0,
    },
    {
      text: drained
        ? `the runtime was idle ${drainSeconds.toFixed(1)} s after the last checkout`
        : `the runtime was still busy ${drainSeconds.toFixed(0)} s after the last checkout`,
      isGood: drained,
    },
  ]
}

function trendFindings({ orders, memory, lag }: Trend): Finding[] {
  const isTold = orders >= ORDERS_TO_TELL
  return [
    {
      text:
        `memory: ${ratio(memory)} MB for each 1,000 orders, over the second half (at most ${MEMORY_AT_MOST})` +
        (isTold ? '' : `; too few orders to judge by, ${count(orders)} of ${count(ORDERS_TO_TELL)}`),
      isGood: !isTold || !(memory > MEMORY_AT_MOST),
    },
    {
      text: `lag of forwarding: ${ratio(lag)} s more each minute, over the second half (at most ${LAG_AT_MOST})`,
      isGood: !(lag > LAG_AT_MOST),
    },
  ]
}

function auditFindings({ parked, audit }: SoakReport): Finding[] {
  const { orders, unconfirmed, events, missing, repeated, inLake, deadLetters } = audit
  const some = (ids: readonly string[]) => (ids.length > 0 ? `${ids.length} (${ids[0]})` : '0')
  return [
    { text: `${parked} effects are parked`, isGood: parked === 0 },
    {
      text: `${count(orders)} orders, ${some(unconfirmed)} not confirmed; of ${count(events)} events in their logs ${some(missing)} are missing in the lake; of its ${count(inLake)} events ${some(repeated)} are there more than once; ${some(deadLetters)} dead letters`,
      isGood: isWhole(audit),
    },
  ]
}
