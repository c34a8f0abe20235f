import { z } from '@hono/zod-openapi'

/** Members that `fields` leaves in every entry of a list: by which it is known, and what was asked for by `expand`. */
export const alwaysSent: readonly string[] = ['id', 'version', 'kind', 'expanded']

const withRequired = z.looseObject({ required: z.array(z.string()) })

/** Requires of a component that is an entry of a list (`ListedOrder`) what `fields` cannot leave out, and no more; in place. */
export function relaxListedEntry(name: string, schema: object): void {
  const found = withRequired.safeParse(schema).data
  if (!name.startsWith('Listed') || !found) return
  Object.assign(schema, { required: found.required.filter((member) => alwaysSent.includes(member)) })
}
