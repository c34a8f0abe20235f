import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { facts } from './facts/index.ts'
import { startWorkerd } from './workerd.ts'

/** Facts take a quarter of a minute, and more where other tests run beside them. */
const START_TIMEOUT_MS = 180_000

describe('on workerd', () => {
  let workerd: Awaited<ReturnType<typeof startWorkerd>>
  let shown: Map<string, unknown>

  beforeAll(async () => {
    workerd = await startWorkerd()
    shown = await workerd.run(facts)
  }, START_TIMEOUT_MS)
  afterAll(() => workerd.stop())

  it.each(facts)('$name', ({ name, expect: expected }) => {
    expect(shown.get(name)).toEqual({ shown: expected })
  })
})
