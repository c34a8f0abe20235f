import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'

const template = readFileSync('infra/petrel.yaml', 'utf8')

it('the template projects every context', () => {
  const [, projected = ''] = /projection\.context\.values: (.*)/.exec(template) ?? []
  const contexts = new Set([...eventTypes.values()].map(({ context }) => context))
  expect(projected.split(',')).toEqual([...contexts].sort())
})
