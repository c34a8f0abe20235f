import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'

const template = readFileSync('infra/petrel.yaml', 'utf8')

/** The values of a partition that Athena projects, as the template lists them: on one line, or folded in quotes. */
function projected(partition: string): string[] {
  const [, folded, plain = ''] =
    new RegExp(`projection\\.${partition}\\.values: (?:"([^"]*)"|(.*))`).exec(template) ?? []
  return (folded?.replaceAll(/\\?\s+/g, '') ?? plain).split(',').map((value) => value.replaceAll('\\', ''))
}

it('the template projects every context and every type of event', () => {
  const types = [...eventTypes.values()]
  expect(projected('type')).toEqual([...new Set(types.map(({ name }) => name))].sort())
  expect(projected('context')).toEqual([...new Set(types.map(({ context }) => context))].sort())
})
