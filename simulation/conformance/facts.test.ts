import { beforeAll, describe, expect, it } from 'vitest'
import type { Release } from '../releases/load.ts'
import { facts } from './facts/index.ts'
import { buildProbe, runSimulated } from './simulated.ts'

/** Each decides anew what runs next, how long things take and what is still on its way in a crash. */
const SEEDS = [1, 2, 3, 4, 5]

describe('on the simulated platform', () => {
  let probe: Release

  beforeAll(async () => {
    probe = await buildProbe()
  })

  it.each(facts)('$name', async (fact) => {
    for (const seed of SEEDS)
      expect({ seed, ...Object(await runSimulated(probe, fact, seed)) }).toEqual({ seed, shown: fact.expect })
  })
})
