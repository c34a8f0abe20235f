import { expect, it } from 'vitest'
import { type Registry, registry } from '../../shared/registry.ts'
import { readModels } from './models.ts'

const kinds: Registry = registry

it('exactly the kinds of aggregates that define a listing have a table', () => {
  const listed = Object.values(kinds)
    .filter(({ listing }) => listing !== undefined)
    .map(({ kind }) => kind)
  expect([...readModels.keys()].toSorted()).toEqual(listed.toSorted())
})
