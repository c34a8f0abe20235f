import { expect, it } from 'vitest'
import { type Registry, registry } from '../../shared/registry.ts'
import { readModels } from './models.ts'

const kinds: Registry = registry

it('every kind of aggregate that says how it stands in lists has its table, and no other has one', () => {
  const listed = Object.values(kinds)
    .filter(({ listing }) => listing !== undefined)
    .map(({ kind }) => kind)
  expect([...readModels.keys()].toSorted()).toEqual(listed.toSorted())
})
