import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { taskOf, UsageError } from './flags.ts'

const taskFor = (line: string) => taskOf(line.split(' ').filter(Boolean))
const kept = join(import.meta.dirname, '../regressions/queue-refuses-a-resend.json')

describe('a command of the simulator', () => {
  it('runs a thousand seeds unless it says how many', () => {
    expect(taskFor('')).toEqual({ do: 'many', seeds: 1_000, from: 1, variant: null })
    expect(taskFor('--seeds 5 --from 9')).toEqual({ do: 'many', seeds: 5, from: 9, variant: null })
    expect(taskFor('--seeds 5 --variant effect-ids-random')).toMatchObject({
      do: 'many',
      variant: { name: 'effect-ids-random' },
    })
  })
  it('runs one seed', () => {
    expect(taskFor('--seed 7 --trace')).toMatchObject({ do: 'one', plan: { seed: 7 }, trace: true })
    expect(taskFor('--seed=0')).toMatchObject({ do: 'one', plan: { seed: 0 }, trace: false })
  })
  it('runs the broken variants, or one', () => {
    const all = taskFor('--broken')
    expect(all.do === 'broken' && all.variants.length).toBeGreaterThan(15)
    expect(taskFor('--broken --seeds 9 --variant effect-ids-random')).toMatchObject({
      do: 'broken',
      seeds: 9,
      variants: [{ name: 'effect-ids-random' }],
    })
  })
  it.each([
    ['--seeds 0', '--seeds is a whole number of at least 1'],
    ['--seeds x', 'and not x'],
    ['--seeds=-1', 'and not -1'],
    ['--seeds 1.5', 'and not 1.5'],
    ['--seeds=', 'and not empty'],
    ['--seed', '--seed'],
    ['--seed -1', '--seed'],
    ['--nope', '--nope'],
    ['4711', '4711'],
    ['--seed 1 --seed 2', '--seed is given twice'],
    ['--seed 5 --seeds 3', 'neither --seeds nor --from'],
    ['--seed 5 --from 3', 'neither --seeds nor --from'],
    ['--seed 5 --broken', 'do not go together'],
    ['--seed 5 --plan x.json', 'do not go together'],
    ['--trace', '--trace is for one run'],
    ['--broken --from 2', 'takes no --from'],
    ['--variant nope', 'there is no variant nope'],
    ['--broken --variant nope', 'there is no variant nope'],
    ['--plan nowhere.json', 'nowhere.json is not a plan'],
    ['--plan package.json', 'package.json is not a plan'],
  ])('%j is refused', (line, why) => {
    expect(() => taskFor(line)).toThrow(UsageError)
    expect(() => taskFor(line)).toThrow(why)
  })
  it('runs a plan that was kept', () => {
    expect(taskFor(`--plan ${kept}`)).toMatchObject({ do: 'one', trace: false })
  })
})
