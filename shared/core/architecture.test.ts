import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { registry } from '../registry.ts'

/** What a context may show to others: its words, and pure functions that two contexts have to agree on. */
const PUBLISHED = [
  'events.ts',
  'commands.ts',
  'terms.ts',
  'points-terms.ts',
  'discount.ts',
  'stacking.ts',
  'quote.ts',
]

const sources = globSync('{shared,durable-objects,workers}/**/*.ts')
  .filter((file) => !/\.(test|fixture|property)\.ts$|\.d\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

/** Imports of a file: paths from the top for our own files, names for packages. */
function importsOf({ file, text }: { file: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import) '([^']+)'/g)].map(([, target = '']) =>
    target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  )
}

/** The context of each folder that does not have its name: further kinds of aggregates of a context. */
const folders: ReadonlyMap<string, string> = new Map(
  Object.values(registry).map(({ kind, context }) => [kind.replaceAll('_', '-'), context]),
)

/** The context of a file under shared/, `core` and `ports` among them. */
function contextOf(file: string): string | undefined {
  const folder = /^shared\/([^/]+)\//.exec(file)?.[1]
  return folder === undefined ? undefined : (folders.get(folder) ?? folder)
}

function offending(allowed: (file: string, target: string) => boolean): string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter((target) => !allowed(source.file, target))
      .map((target) => `${source.file} imports ${target}`),
  )
}

describe('dependencies point one way', () => {
  it('workers → durable-objects → shared', () => {
    expect(
      offending((file, target) => {
        if (file.startsWith('shared/')) return !/^(workers|durable-objects)\//.test(target)
        if (file.startsWith('durable-objects/')) return !target.startsWith('workers/')
        return true
      }),
    ).toEqual([])
  })

  it('shared/core needs nothing of ours', () => {
    expect(
      offending(
        (file, target) =>
          contextOf(file) !== 'core' ||
          !/^(shared|workers|durable-objects)\//.test(target) ||
          contextOf(target) === 'core',
      ),
    ).toEqual([])
  })

  it('a context uses only what another publishes', () => {
    expect(
      offending((file, target) => {
        const from = contextOf(file)
        const to = contextOf(target)
        if (!from || !to || from === to || to === 'core' || to === 'ports') return true
        return PUBLISHED.some((name) => target.endsWith(`/${name}`))
      }),
    ).toEqual([])
  })
})

describe('the domain is pure', () => {
  const impure =
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(|\bsetTimeout\(|from '(cloudflare|node):|\bcrypto\./

  it('no clock, no randomness, no I/O, no platform under shared/<context>', () => {
    const domain = sources.filter(({ file }) => file.startsWith('shared/') && contextOf(file) !== 'ports')
    expect(domain.filter(({ text }) => impure.test(text)).map(({ file }) => file)).toEqual([])
  })
})
