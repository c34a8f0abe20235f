import { expect, it } from 'vitest'
import { drawPage } from './page.ts'
import type { Summary } from './summary.ts'

const row: Summary['rows'][number] = {
  storage: 'memory',
  name: 'checkout',
  perSecond: 30,
  sustained: 25.5,
  kept: 0.9,
  drainSeconds: 1,
  processorTime: 30,
  closingTime: 5,
  p50: 100,
  p99: 200,
  longestGap: 90,
  ofInsert: 0.02,
  sustainedOfInsert: 0.02,
  processorTimeOfInsert: 60,
  resets: 0,
}

const release: Summary = {
  at: '2026-11-29T10:00:00.000Z',
  commit: 'abc123',
  machine: { processors: 2, model: 'A & B', platform: 'linux x64', node: 'v24.0.0', workerd: '1.2' },
  rounds: 3,
  seconds: 5,
  connections: 32,
  rows: [row],
  latency: [],
  counted: [],
  coldStart: [],
  targets: [{ name: 'flushes', value: 96, bound: 'at most 75', met: false }],
}

it('shows releases, their targets, and each number that they have', () => {
  const page = drawPage([
    release,
    { ...release, at: '2026-12-01T10:00:00.000Z', commit: 'def456', rows: [{ ...row, sustained: 26.5 }] },
  ])
  expect(page).toContain('2026-11-29: 25.5')
  expect(page).toContain('2026-12-01: 26.5')
  expect(page).toContain('<td class="missed">missed</td>')
  expect(page).toContain('A &amp; B')
  expect(page).toContain('href="2026-12-01-def456.json"')
})

it('asks no other host for anything, and holds no number that is none', () => {
  for (const releases of [[], [release], [release, { ...release, rows: [] }]]) {
    const page = drawPage(releases)
    expect(page).not.toMatch(/https?:|<script|<link/)
    expect(page).not.toMatch(/NaN|Infinity/)
  }
})
