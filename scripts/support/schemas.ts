import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import type { EventType } from '../../workers/api/http/openapi/event-types.ts'
import { newestSchema, schemaName } from '../../workers/api/http/openapi/published-schema.ts'
import { incompatibilities } from './schema-compatibility.ts'

/** The module that gives the Worker the schemas of older versions. */
const OLDER = 'contracts/schemas/older.ts'

/** The advice for a breaking change. Events outside logs are not read again: no upcasters. */
const WAY_OUT =
  'Readers count on this version: give the event a new one, then run: npx bun run schemas (a stored event needs an upcaster from this one, too)'

/** A file that differs from the generated content. */
export interface StaleFile {
  readonly file: string
  readonly text: string
}

/** The defects of the published schemas. */
export interface SchemaFindings {
  /** Broken guarantees to readers, as sentences; regenerating does not fix them. */
  readonly broken: readonly string[]
  /** The files to write. */
  readonly stale: readonly StaleFile[]
}

/** Compares the schemas under a folder with the event types of the code, and with their version in git. */
export function checkSchemas(top: string, types: Iterable<EventType>): SchemaFindings {
  const all = [...types]
  const names = new Set(all.flatMap(({ type, version }) => fileNames(type, version)))
  const newest = all.map((type) => newestFindings(top, type))
  const missing = all.flatMap(({ type, version }) =>
    fileNames(type, version)
      .slice(0, -1)
      .filter((file) => !existsSync(`${top}/${file}`))
      .map((file) => `${file} is missing: events of this version lie in the lake. Bring it back from git.`),
  )
  const orphans = globSync('contracts/schemas/*.json', { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !names.has(file))
    .map((file) => `${file}: the code has no such version, though it was published. Bring it back.`)
  return {
    broken: [
      ...new Set([...newest.flatMap(({ broken }) => broken), ...missing, ...orphans, ...rewritten(top)]),
    ],
    stale: [...newest.flatMap(({ stale }) => stale), ...staleModule(top, all)],
  }
}

/** The files of every version of an event type, oldest first. */
function fileNames(type: string, version: number): string[] {
  return Array.from(
    { length: version },
    (_, index) => `contracts/schemas/${schemaName(type, index + 1)}.json`,
  )
}

function newestFindings(top: string, eventType: EventType): SchemaFindings {
  const { type, version } = eventType
  const file = `contracts/schemas/${schemaName(type, version)}.json`
  const text = `${JSON.stringify(newestSchema(eventType, ''), null, 2)}\n`
  if (!existsSync(`${top}/${file}`)) return { broken: [], stale: [{ file, text }] }
  const published: unknown = JSON.parse(readFileSync(`${top}/${file}`, 'utf8'))
  const generated: unknown = JSON.parse(text)
  const broken = brokenPromises(file, published, generated)
  const upToDate = JSON.stringify(published) === JSON.stringify(generated)
  return { broken, stale: broken.length > 0 || upToDate ? [] : [{ file, text }] }
}

function brokenPromises(file: string, before: unknown, after: unknown): string[] {
  return incompatibilities(before, after).map((change) => `${file}: ${change}. ${WAY_OUT}`)
}

/**
 * Files that differ from their version in git in a way that breaks readers: a file that was edited by hand,
 * or deleted and regenerated, would match the code and still break them. Compares with the commit that
 * is checked out and the one before it; skipped without git.
 */
function rewritten(top: string): string[] {
  return ['HEAD', 'HEAD^'].flatMap((revision) => {
    const options = ['--name-only', '--diff-filter=MD', '--no-renames', '--relative']
    const changes = git(top, 'diff', ...options, revision, '--', 'contracts/schemas/*.json')
    return changes
      .split('\n')
      .filter((file) => file !== '')
      .flatMap((file) => {
        if (!existsSync(`${top}/${file}`))
          return [`${file} was published and is gone. Bring it back from git.`]
        const before: unknown = JSON.parse(git(top, 'show', `${revision}:./${file}`))
        return brokenPromises(file, before, JSON.parse(readFileSync(`${top}/${file}`, 'utf8')))
      })
  })
}

/** The output of git; empty without git, a repository, or the commit. */
function git(top: string, ...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: top, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

/** The module of older schemas, unless it already imports exactly the existing ones. */
function staleModule(top: string, types: readonly EventType[]): StaleFile[] {
  const names = types
    .flatMap(({ type, version }) => fileNames(type, version).slice(0, -1))
    .map((file) => file.slice('contracts/schemas/'.length, -'.json'.length))
    .toSorted()
  const present = existsSync(`${top}/${OLDER}`) ? readFileSync(`${top}/${OLDER}`, 'utf8') : ''
  const imported = [...present.matchAll(/from '\.\/(.+)\.json'/g)].map(([, name]) => name)
  if (present !== '' && imported.toSorted().join() === names.join()) return []
  return [{ file: OLDER, text: moduleOf(names) }]
}

function moduleOf(names: readonly string[]): string {
  const variable = (name: string) => name.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())
  return `// Written by \`npx bun run schemas\`.
${names.map((name) => `import ${variable(name)} from './${name}.json' with { type: 'json' }\n`).join('')}
/** The published schemas of versions that are no longer stored, by name (\`order.OrderCreated.v1\`). */
export const olderSchemas: ReadonlyMap<string, object> = new Map<string, object>([
${names.map((name) => `  ['${name}', ${variable(name)}],\n`).join('')}])
`
}
