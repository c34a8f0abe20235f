import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ErrorLog } from './log-error.ts'

let lines: unknown[]
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(JSON.parse(String(line))))
})
afterEach(() => vi.restoreAllMocks())

it.each([
  ['the same fault', () => 'Error: database or disk is full: SQLITE_FULL'],
  ['a fault with references', (n: number) => `Error: internal error; reference = a${n}bc`],
  ['a fault with ids', (n: number) => `Error: order 01939a2e-0000-7000-8000-${String(n).padStart(12, '0')}`],
  ['a fault with numbers', (n: number) => `Error: no answer within ${n} ms`],
])('%s a thousand times is a line, and the next line has their number', (_, fault) => {
  const log = new ErrorLog()
  for (let n = 0; n < 1_000; n += 1) log.log('queue', fault(n), { n }, 5)
  expect(lines).toEqual([{ level: 'error', n: 0 }])
  log.log('queue', fault(1), { n: 'later' }, 60_005)
  expect(lines.slice(1)).toEqual([{ level: 'error', n: 'later', suppressed: 999 }])
})
it('other causes, and the same at another place, have lines of their own', () => {
  const log = new ErrorLog()
  for (const [where, fault] of [
    ['queue', 'Error: a'],
    ['queue', 'Error: b'],
    ['alarm', 'Error: a'],
    ['queue', 'Error: a'],
  ] as const)
    log.log(where, fault, { where, fault }, 0)
  expect(lines).toHaveLength(3)
})
it('drops the oldest cause beyond the limit', () => {
  const log = new ErrorLog()
  const word = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
  for (let n = 0; n < 1_000; n += 1) log.log('queue', word(n), {}, 0)
  expect(lines).toHaveLength(1_000)
  log.log('queue', word(999), {}, 0)
  expect(lines).toHaveLength(1_000)
})
