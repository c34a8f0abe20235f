import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { migrations } from '../../workers/read-models/schema.ts'

it('the release knows every migration of the read database, so that /health and dev can ask for them', () => {
  expect([...migrations]).toEqual(readdirSync('migrations').sort())
})
