import { httpUrlSchema } from '../shared/core/text/http-url.ts'
import type { Env } from './env.ts'

let last: { setting: string; origin: string } = { setting: '', origin: '' }

/**
 * The public origin of this deployment (`https://shop.example`), from the setting `PUBLIC_URL`. The Host header of a
 * request is never used for what is stored, cached or compared. Empty if the setting is missing or not an http(s) origin
 * (logged once): references are then relative. RFC 9457, section 3.1.1 allows that for `type`, and CloudEvents for `source`;
 * a `dataschema` is no absolute URI then, as CloudEvents wants it, so production sets it.
 */
export function publicOrigin({ PUBLIC_URL: setting = '' }: Pick<Env, 'PUBLIC_URL'>): string {
  if (setting === last.setting) return last.origin
  const origin = originOf(setting)
  last = { setting, origin: origin ?? '' }
  if (origin === null && setting !== '')
    console.error(
      JSON.stringify({
        level: 'error',
        message:
          'PUBLIC_URL has to be an http or https origin without a path (https://shop.example): it is not used.',
      }),
    )
  return last.origin
}

function originOf(setting: string): string | null {
  if (!httpUrlSchema.safeParse(setting).success) return null
  const { origin, pathname, search, hash } = new URL(setting)
  return pathname === '/' && search === '' && hash === '' ? origin : null
}
