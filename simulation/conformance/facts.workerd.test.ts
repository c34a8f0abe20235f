import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { facts } from './facts/index.ts'
import { startWorkerd } from './workerd.ts'

describe('on workerd', () => {
  let workerd: Awaited<ReturnType<typeof startWorkerd>>
  let shown: Map<string, unknown>

  beforeAll(async () => {
    workerd = await startWorkerd()
    shown = await workerd.run(facts.map(({ name }) => name))
  })
  afterAll(() => workerd.stop())

  it.each(facts)('$name', ({ name, expect: expected }) => {
    expect(shown.get(name)).toEqual({ shown: expected })
  })
})
