import { newId } from '../shared/core/ids.ts'
import { type Scope, scopes } from '../workers/api/http/auth/caller.ts'
import { flagValue, hasFlag, misused, withoutFlag } from './support/arguments.ts'
import { developmentToken } from './support/development-token.ts'

const USAGE = `Prints an access token for development, alone on standard output.

  npx bun run token <scope…> [sub] [--ttl <duration>]

  <scope…>   ${scopes.join(', ')}; several separated by commas or spaces
  [sub]      who it is for; with scope customer a customer's id (cus_…)
  --ttl      how long it is valid: 90s, 15m, 12h, 30d (24h)

It is signed with JWT_SECRET from the environment, or else with the development key, which no
production deployment accepts.

  TOKEN=$(npx bun run --silent token operator)
  curl -H "Authorization: Bearer $TOKEN" http://localhost:8787/v1/…
`

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

const args = process.argv.slice(2)
if (hasFlag(args, '--help', '-h')) {
  process.stdout.write(USAGE)
} else {
  const { granted, sub } = subjectAndScopes(withoutFlag(args, '--ttl'))
  const lifetime = seconds(flagValue(args, '--ttl') ?? '24h')
  process.stdout.write(`${await developmentToken(granted, sub, lifetime)}\n`)
}

/** Scopes come first; one further word is the subject. */
function subjectAndScopes(given: readonly string[]): { granted: Scope[]; sub: string } {
  const unknown = given.find((word) => word.startsWith('-'))
  if (unknown !== undefined) misused(`There is no option ${unknown}.`, USAGE)
  const words = given.flatMap((word) => word.split(/[\s,]+/)).filter((word) => word !== '')
  const first = words.findIndex((word) => !isScope(word))
  const granted = (first === -1 ? words : words.slice(0, first)).filter(isScope)
  const [sub, ...more] = first === -1 ? [] : words.slice(first)
  if (granted.length === 0) misused(sub === undefined ? 'Which scope?' : `There is no scope ${sub}.`, USAGE)
  if (more.length > 0) misused(`What is ${more.join(' ')}? Scopes come first, then one subject.`, USAGE)
  return { granted: [...new Set(granted)], sub: sub ?? defaultSubject(granted) }
}

function isScope(word: string): word is Scope {
  return scopes.some((scope) => scope === word)
}

/** An unregistered customer can have a cart; staff are named by their scope. */
function defaultSubject(granted: readonly Scope[]): string {
  if (!granted.includes('customer')) return granted.join('-')
  const id = newId('cus')
  process.stderr.write(`No customer was named: this token is for a new id, ${id}.\n`)
  return id
}

function seconds(duration: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(duration) ?? []
  if (count === undefined || !isUnit(unit)) misused(`--ttl ${duration} is not a duration.`, USAGE)
  return Number(count) * UNITS[unit]
}

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && Object.hasOwn(UNITS, text)
}
