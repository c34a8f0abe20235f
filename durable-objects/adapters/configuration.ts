import { PortError } from '../../shared/ports/port-error.ts'
import { type Env, isDevelopment } from '../env.ts'

/** One adapter that a setting can name. */
interface Choice {
  /** Variables, secrets and bindings that it requires. */
  readonly needs: readonly (keyof Env)[]
  /** For a sandbox: what it does not do for real. */
  readonly plays?: string
}

/**
 * The ports whose adapter a deployment has to choose. Production has no default: a sandbox must be named
 * explicitly. Development defaults to the sandbox.
 */
const settings = {
  PAYMENT_GATEWAY: {
    inDevelopment: 'sandbox',
    choices: {
      sandbox: { needs: [], plays: 'the sandbox moves no money' },
      stripe: { needs: ['STRIPE_SECRET_KEY'] },
    },
  },
  MAILER: {
    inDevelopment: 'mailbox',
    choices: {
      mailbox: { needs: [], plays: 'mails are kept in the mailbox and reach nobody' },
      cloudflare: { needs: ['EMAIL', 'MAIL_FROM'] },
    },
  },
} as const satisfies Record<
  string,
  { readonly inDevelopment: string; readonly choices: Readonly<Record<string, Choice>> }
>

/** A setting that names a port's adapter. */
export type Setting = keyof typeof settings
/** What a setting may name. */
type ChoiceOf<Name extends Setting> = keyof (typeof settings)[Name]['choices'] & string

/** An adapter that can work, or why none can. `detail` holds no value of any setting. */
type Configured<Name extends Setting> =
  | { readonly ok: true; readonly choice: ChoiceOf<Name>; readonly plays: string | null }
  | { readonly ok: false; readonly detail: string }

/** The adapter that a setting names in this deployment, checked with everything that it requires. */
export function configured<Name extends Setting>(env: Partial<Env>, name: Name): Configured<Name> {
  const { inDevelopment } = settings[name]
  const choices: Readonly<Record<string, Choice>> = settings[name].choices
  const named = env[name] || (isDevelopment(env) ? inDevelopment : '')
  const allowed = Object.keys(choices).join(' or ')
  if (named === '') return { ok: false, detail: `${name} is not set: it has to be ${allowed}.` }
  if (!isChoice(name, named)) return { ok: false, detail: `${name} has to be ${allowed}, not anything else.` }
  const missing = choices[named]?.needs.find((needed) => !env[needed])
  if (missing) return { ok: false, detail: `${name} is ${named}, which needs ${missing}.` }
  return { ok: true, choice: named, plays: choices[named]?.plays ?? null }
}

function isChoice<Name extends Setting>(name: Name, named: string): named is ChoiceOf<Name> {
  return Object.hasOwn(settings[name].choices, named)
}

/** The settings that are missing, and those that name a sandbox in production. */
export function configurationOf(env: Partial<Env>): {
  readonly missing: readonly { readonly setting: Setting; readonly detail: string }[]
  readonly sandbox: readonly Setting[]
} {
  const names: readonly Setting[] = ['PAYMENT_GATEWAY', 'MAILER']
  const found = names.map((setting) => ({ setting, ...configured(env, setting) }))
  return {
    missing: found.flatMap((one) => (one.ok ? [] : [{ setting: one.setting, detail: one.detail }])),
    sandbox: isDevelopment(env)
      ? []
      : found.flatMap((one) => (one.ok && one.plays !== null ? [one.setting] : [])),
  }
}

const logged = new Set<string>()

/** Warns once of each setting that names a sandbox in production. */
export function warnSandboxInProduction(env: Partial<Env>): void {
  for (const setting of configurationOf(env).sandbox) {
    if (logged.has(setting)) continue
    logged.add(setting)
    const named = configured(env, setting)
    const what = named.ok ? `${named.choice}: ${named.plays}` : named.detail
    console.warn(JSON.stringify({ level: 'warn', message: `${setting} is ${what}` }))
  }
}

/**
 * The adapter that a setting names, for immediate use.
 *
 * @throws PortError `unavailable`, `not_configured`
 */
export function requireConfigured<Name extends Setting>(env: Partial<Env>, name: Name): ChoiceOf<Name> {
  const named = configured(env, name)
  if (!named.ok) throw notConfigured(named.detail)
  warnSandboxInProduction(env)
  return named.choice
}

/**
 * The error of a port that is not configured, logged once. Nothing has happened, and the effect is tried again, so
 * nothing is lost until an operator has fixed the setting.
 */
export function notConfigured(what: string): PortError {
  if (!logged.has(what)) console.error(JSON.stringify({ level: 'error', message: `not configured: ${what}` }))
  logged.add(what)
  return new PortError('unavailable', 'not_configured', what)
}
