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

describe('no circle of files', () => {
  it('is there, imports of types included', () => {
    const graph = new Map(sources.map((source) => [source.file, importsOf(source)]))
    expect(circlesIn(graph)).toEqual([])
  })

  it('would be found', () => {
    const graph = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
    ])
    expect(circlesIn(graph)).toEqual(['a → b → c → a'])
  })
})

/** Circles of a graph, each as the files that one passes through; one for each place where a walk comes back. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    const before = path.indexOf(file)
    if (before >= 0) circles.push([...path.slice(before), file].join(' → '))
    if (before >= 0 || done.has(file)) return
    for (const target of graph.get(file) ?? []) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return circles
}

describe('a folder', () => {
  it('holds about fifteen files that a person reads', () => {
    const sizes = new Map<string, number>()
    for (const { file } of sources) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1)
    expect([...sizes].filter(([, files]) => files > 18)).toEqual([])
  })
})

/** What belongs to the transport: paths, methods, headers, status codes. */
const HTTP_WORDS =
  /\bHTTP\b|\/v1\b|\b(GET|POST|PUT|PATCH|DELETE) \/|\b(If-Match|Idempotency-Key|Retry-After|ETag|Authorization)\b/

it('a context knows no HTTP', () => {
  const domain = sources.filter(({ file }) => !['core', 'ports', undefined].includes(contextOf(file)))
  expect(domain.filter(({ text }) => HTTP_WORDS.test(text)).map(({ file }) => file)).toEqual([])
})

/** Names that stood for something that docs/glossary.md has another word for, and idioms that say nothing. */
const RETIRED = new RegExp(
  [
    'Teller|Reading|foreseen|RebuildForeseen|SilentForwarder|SetAside|warnOfPlaying|recallAt|complain|ringBy|ringAt',
    'ForwarderLedger|ForwarderContext|Course|hungry|Stranger|strays?|Fate|SHORTER|doubts|handOver|oneIn',
    'MOST_[A-Z_]+|[A-Z_]+_AT_ONCE|[A-Z_]+_WITHIN',
    'on (?:the|its) books|wish to pay|nobody wants|once in a life|first word stays|greets|set aside by',
  ]
    .map((words) => `\\b(?:${words})\\b`)
    .join('|'),
)

it('the words are those of the glossary', () => {
  const pages = globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md']).map((file) => ({
    file,
    text: readFileSync(file, 'utf8'),
  }))
  const retired = [...sources, ...pages].flatMap(({ file, text }) =>
    text.split('\n').flatMap((line) => {
      const [word] = RETIRED.exec(line) ?? []
      return word === undefined ? [] : [`${file}: ${word}`]
    }),
  )
  expect(retired).toEqual([])
})
