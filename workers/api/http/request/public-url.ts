import type { Env } from '../../../../durable-objects/env.ts'
import { httpUrlSchema } from '../../../../shared/core/text/http-url.ts'

let last: { setting: string; origin: string } = { setting: '', origin: '' }

/**
 * The origin (`https://shop.example`) under which this deployment is reached, from the setting `PUBLIC_URL`:
 * what is stored, cached or compared is never built from the Host that a client happened to send. Empty
 * where none is set, or one that is no http(s) origin (told once): references are then relative, which
 * RFC 9457, 3.1.1 allows for `type`.
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
