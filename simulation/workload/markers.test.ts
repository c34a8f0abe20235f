import { describe, expect, it } from 'vitest'
import { customersNamedIn, markerOf } from './markers.ts'

describe('markers', () => {
  it('are found again in any case of letters, each once', () => {
    const text = `{"email":"${markerOf(12).toLowerCase()}@shop.example","name":"Ada ${markerOf(12)}","of":"${markerOf(1)}"}`
    expect(customersNamedIn(text)).toEqual([12, 1])
  })

  it('are not part of one another', () => {
    expect(markerOf(12)).not.toContain(markerOf(1))
    expect(() => markerOf(1_000)).toThrow(RangeError)
  })
})
