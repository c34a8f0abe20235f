import { globSync, readFileSync } from 'node:fs'
import { kindsIn, registry } from '../../shared/registry.ts'

/** A file of the project, with paths from its top. */
export interface SourceFile {
  readonly file: string
  readonly text: string
}

/** A place that shows something: a file and, where it can be told, the test's title. */
export interface Evidence {
  readonly file: string
  readonly title?: string
}

/** The project's TypeScript: what it does, and what shows that it does. */
export interface Sources {
  readonly code: readonly SourceFile[]
  readonly tests: readonly SourceFile[]
}

const PATTERN = '{shared,durable-objects,workers,tests}/**/*.ts'

/** Reads all sources from the top of the project. */
export function readSources(top: string): Sources {
  const files = globSync(PATTERN, { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(`${top}/${file}`, 'utf8') }))
  const isTest = ({ file }: SourceFile) => file.endsWith('.test.ts')
  // It names every event there is, and shows of none what it means.
  const showsNothing = ({ file }: SourceFile) => file === 'shared/samples.test.ts'
  return {
    code: files.filter((file) => !isTest(file)),
    tests: files.filter((file) => isTest(file) && !showsNothing(file)),
  }
}

/** The file of a context in which an event or a command is defined; `null` if it is in none. */
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

/** A context has the folder of its name, and one for each further kind of aggregate. */
function homesOf(context: string): string[] {
  const folders = [context, ...kindsIn(registry, context).map((kind) => kind.replaceAll('_', '-'))]
  return folders.map((folder) => `shared/${folder}/`)
}

/** The file that exports a policy, by the name that was drawn (`AllocationPolicy`). */
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

/** The function of a policy: as drawn, but with a small letter first. */
export function functionName(drawn: string): string {
  return `${drawn.slice(0, 1).toLowerCase()}${drawn.slice(1)}`
}

/**
 * The test that shows something: the first that names it, those of its own context before all others,
 * and those whose title names it first of all. A test may name it by what a fixture exports for it.
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

/** Under which names the fixtures of a context export examples of an event or a command. */
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

/** Tests of its own context show a thing best, then those of the whole system, then other contexts'. */
function rank(file: string, homes: readonly string[]): number {
  if (homes.some((home) => file.startsWith(home))) return 0
  if (file.startsWith('tests/')) return 1
  return file.startsWith('shared/') ? 2 : 3
}

const TITLE = /\b(?:it|test)(?:\.each\([^\n]*\))?\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n$]+)`)/g

/** The title of the test around a place; `null` outside of any, or where it is put together at run time. */
function titleBefore(text: string, index: number): string | null {
  let title: string | null = null
  for (const match of text.matchAll(TITLE)) {
    // The place may stand in the title itself.
    if (match.index > index) break
    title = match[1] ?? match[2] ?? match[3] ?? null
  }
  return title
}
