import type { Patch } from '../releases/patch.ts'

/** The product with one of its promises removed, as a slip of an engineer would do it. */
export interface Variant {
  readonly name: string
  /** The promise that is removed. */
  readonly promise: string
  readonly patches: readonly Patch[]
}
