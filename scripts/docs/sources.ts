import { globSync, readFileSync } from 'node:fs'
import { kindsIn, registry } from '../../shared/registry.ts'

/** A file of the project, with its path from the root. */
export interface SourceFile {
  readonly file: string
  readonly text: string
}

/** The place of a test: a file and, if known, the test's title. */
export interface Evidence {
  readonly file: string
  readonly title?: string
}

/** The project's TypeScript: product code and tests. */
export interface Sources {
  readonly code: readonly SourceFile[]
  readonly tests: readonly SourceFile[]
}

const PATTERN = '{shared,durable-objects,workers,tests}/**/*.ts'

/** Reads all sources below the project root. */
export function readSources(top: string): Sources {
  const files = globSync(PATTERN, { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(`${top}/${file}`, 'utf8') }))
  const isTest = ({ file }: SourceFile) => file.endsWith('.test.ts')
  // It names every event, but demonstrates none.
  const showsNothing = ({ file }: SourceFile) => file === 'shared/samples.test.ts'
  return {
    code: files.filter((file) => !isTest(file)),
    tests: files.filter((file) => isTest(file) && !showsNothing(file)),
  }
}

/** The file of a context that defines an event or a command; `null` if there is none. */
export function definitionOf(
  { code }: Sources,
  what: 'event' | 'command',
  context: string,
  name: string,
): string | null {
  const pattern =
    context === 'system' ? new RegExp(`^ {2}${name}: z\\.`, 'm') : new RegExp(`\\b${what}\\(\\s*'${name}'`)
  const homes = context === 'system' ? ['shared/core/system-events.ts'] : homesOf(context)
  const isAtHome = (file: string) => homes.some((home) => file.startsWith(home))
  return code.find(({ file, text }) => isAtHome(file) && pattern.test(text))?.file ?? null
}

/** A context has the folder of its name, and one per further kind of aggregate. */
function homesOf(context: string): string[] {
  const folders = [context, ...kindsIn(registry, context).map((kind) => kind.replaceAll('_', '-'))]
  return folders.map((folder) => `shared/${folder}/`)
}

/** The file that exports a policy, by its name in the event storming (`AllocationPolicy`). */
export function policyFile({ code }: Sources, drawn: string): string | null {
  const pattern = new RegExp(`^export function ${functionName(drawn)}\\b`, 'm')
  return code.find(({ text }) => pattern.test(text))?.file ?? null
}

/** The route module of an HTTP operation. */
export function operationFile({ code }: Sources, operationId: string): string | null {
  return (
    code.find(({ file, text }) => file.startsWith('workers/api/') && text.includes(`'${operationId}'`))
      ?.file ?? null
  )
}

/** The function of a policy: its name with a lower-case first letter. */
export function functionName(drawn: string): string {
  return `${drawn.slice(0, 1).toLowerCase()}${drawn.slice(1)}`
}

/**
 * The test of an element: the first that names it, tests of its own context before all others,
 * and tests whose title names it before those. A test may use the name of a fixture's export.
 */
export function evidenceOf(sources: Sources, context: string, ...names: readonly string[]): Evidence | null {
  const home = `shared/${context}/`
  const homes = homesOf(context)
  const inOrder = sources.tests.toSorted((a, b) => rank(a.file, homes) - rank(b.file, homes))
  let first: Evidence | null = null
  const note = ({ file, text }: SourceFile, name: string): Evidence | null => {
    for (const { index } of text.matchAll(new RegExp(`(?<!\\w)${escaped(name)}(?!\\w)`, 'g'))) {
      const title = titleBefore(text, index)
      if (title?.includes(name)) return { file, title }
      if (first === null || (first.title === undefined && title !== null))
        first = title === null ? { file } : { file, title }
    }
    return null
  }
  for (const test of inOrder)
    for (const name of names) {
      const titled = note(test, name)
      if (titled) return titled
    }
  if (first !== null) return first
  for (const { fixture, alias } of aliasesOf(sources, home, names))
    for (const test of inOrder) {
      const importing = new RegExp(`import \\{[^}]*\\b${alias}\\b[^}]*\\} from '\\./${escaped(fixture)}'`)
      if (test.file.startsWith(home) && importing.test(test.text))
        note({ ...test, text: test.text.replace(importing, (imports) => ' '.repeat(imports.length)) }, alias)
    }
  return first
}

/** The names under which the fixtures of a context export examples of an event or a command. */
function aliasesOf(
  { code }: Sources,
  home: string,
  names: readonly string[],
): { fixture: string; alias: string }[] {
  return code
    .filter(({ file }) => file.startsWith(home))
    .flatMap(({ file, text }) =>
      text.split(/^(?=export )/m).flatMap((block) => {
        const alias = /^export (?:const|function) (\w+)/.exec(block)?.[1]
        const shown = names.some((name) => block.includes(`'${name}'`))
        return alias && shown ? [{ fixture: file.slice(home.length), alias }] : []
      }),
    )
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.')
}

/** Tests of the element's own context rank first, then those of the whole system, then other contexts'. */
function rank(file: string, homes: readonly string[]): number {
  if (homes.some((home) => file.startsWith(home))) return 0
  if (file.startsWith('tests/')) return 1
  return file.startsWith('shared/') ? 2 : 3
}

const TITLE = /\b(?:it|test)(?:\.each\([^\n]*\))?\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n$]+)`)/g

/** The title of the test around a position; `null` outside a test, or for a title built at run time. */
function titleBefore(text: string, index: number): string | null {
  let title: string | null = null
  for (const match of text.matchAll(TITLE)) {
    // The position may be in the title itself.
    if (match.index > index) break
    title = match[1] ?? match[2] ?? match[3] ?? null
  }
  return title
}
