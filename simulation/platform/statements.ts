/** One statement of a query. */
export interface SqlStatement {
  readonly text: string
  /** How many values it has to be given. */
  readonly parameters: number
  readonly isWrite: boolean
  /** Whether it creates, alters or drops something. */
  readonly isDefinition: boolean
  /** Whether an object may run it: transactions and files are the platform's. */
  readonly isAllowed: boolean
}

/** What has no semicolon and no parameter in it, whatever it looks like; then these themselves. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?\d*|;/g
const COMMENTS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g
const READS = /^(?:SELECT|WITH|PRAGMA|EXPLAIN|VALUES)\b/i
const DEFINES = /^(?:CREATE|DROP|ALTER)\b/i
const REFUSED = /^(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH|VACUUM)\b/i
const REFUSED_PRAGMA = /^PRAGMA\s+(?!table_info|table_list|index_list|index_info|foreign_keys|optimize)/i

const parsed = new Map<string, readonly SqlStatement[]>()

/** The statements of a query, without those that are empty. Triggers, whose bodies have semicolons, are not known. */
export function statementsOf(query: string): readonly SqlStatement[] {
  let statements = parsed.get(query)
  if (!statements) {
    statements = parse(query)
    parsed.set(query, statements)
  }
  return statements
}

function parse(query: string): SqlStatement[] {
  const statements: SqlStatement[] = []
  let start = 0
  let parameters = 0
  const end = (at: number) => {
    const text = query.slice(start, at).trim()
    const code = text.replaceAll(COMMENTS, '').trim()
    if (code !== '')
      statements.push({
        text,
        parameters,
        isWrite: !READS.test(code),
        isDefinition: DEFINES.test(code),
        isAllowed: !REFUSED.test(code) && !REFUSED_PRAGMA.test(code),
      })
    start = at + 1
    parameters = 0
  }
  for (const { 0: token, index } of query.matchAll(TOKENS)) {
    if (token === ';') end(index)
    else if (token === '?') parameters += 1
    else if (token.startsWith('?')) parameters = Math.max(parameters, Number(token.slice(1)))
  }
  end(query.length)
  return statements
}
