import { describe, expect, it } from 'vitest'
import { batchesOf } from './batches.ts'

const sizesOf = (sizes: readonly number[]) => batchesOf(sizes, (size) => size, { count: 3, bytes: 10 })

describe('batches', () => {
  it('keep the order and end at the count', () => {
    expect(sizesOf([1, 1, 1, 1])).toEqual([[1, 1, 1], [1]])
    expect(sizesOf([])).toEqual([])
  })
  it('end before the bytes are exceeded', () => {
    expect(sizesOf([5, 5, 1])).toEqual([[5, 5], [1]])
  })
  it('hold an item alone that is larger than a batch may be', () => {
    expect(sizesOf([1, 11, 1])).toEqual([[1], [11], [1]])
  })
})
