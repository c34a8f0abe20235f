import { describe, expect, it } from 'vitest'
import { traceContext } from './trace-context.ts'

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const stateAfter = (field: string) => traceContext(parent, field)?.tracestate

describe('traceparent', () => {
  it('is kept when it is well-formed', () => {
    expect(traceContext(parent, undefined)).toEqual({ traceparent: parent })
  })
  it.each([
    undefined,
    '',
    parent.toUpperCase(),
    `ff${parent.slice(2)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    `${parent}-x`,
    ` ${parent}`,
  ])('is left out otherwise, with its state: %s', (field) => {
    expect(traceContext(field, 'a=1')).toBeUndefined()
  })
  it.each([`01${parent.slice(2)}-what-comes`, `cc${parent.slice(2)}`])(
    'of a later version goes on as 00: %s',
    (field) => {
      expect(traceContext(field, undefined)).toEqual({ traceparent: parent })
    },
  )
})

describe('tracestate', () => {
  it.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['a=1 , b=2 ,, ', 'a=1,b=2'],
    ['t1@vendor=a b:c;d', 't1@vendor=a b:c;d'],
    ['1a=x', '1a=x'],
  ])('%s goes on as %s', (field, state) => {
    expect(stateAfter(field)).toBe(state)
  })
  it.each([
    '',
    'a',
    '=1',
    'A=1',
    'a=',
    'a=b=c',
    'a=1,a=2',
    'a=é',
    'a=1;\u0000',
    Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(),
  ])('that is not well-formed is left out alone: %s', (field) => {
    expect(traceContext(parent, field)).toEqual({ traceparent: parent })
  })
  it('too long for all of it loses whole members: long ones, then the oldest', () => {
    const member = (key: string, length: number) => `${key}=${'x'.repeat(length - key.length - 1)}`
    const field = [member('long', 200), ...['a', 'b', 'c', 'd', 'e'].map((key) => member(key, 120))].join()
    expect(stateAfter(field)).toBe(['a', 'b', 'c', 'd'].map((key) => member(key, 120)).join())
  })
})
