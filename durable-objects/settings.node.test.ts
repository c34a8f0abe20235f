import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { settingsSchema } from './settings.ts'

const pages = ['docs/deployment.md', 'docs/forwarding.md'].map((file) => readFileSync(file, 'utf8')).join()

it.each(Object.keys(settingsSchema.shape))('%s is explained to operators', (setting) => {
  expect(pages).toContain(`\`${setting}\``)
})
