import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** Every documentation page, except historical ones. */
const pages = globSync(['*.md', '{docs,infra,analytics,contracts,schemas}/**/*.md']).filter(
  (page) => page !== 'CHANGELOG.md',
)

/** The repository paths on a page: link targets, and paths in code spans. */
function namedIn(page: string): string[] {
  const text = readFileSync(page, 'utf8')
  const links = [...text.matchAll(/\]\((?![a-z]+:|#|\/)([^)#\s]+)/g)].map(([, target = '']) =>
    join(dirname(page), target),
  )
  const spans = [...text.matchAll(/`([a-z-]+\/[\w./-]+\.[a-z]+)`/g)].map(([, path = '']) => path)
  return [...links, ...spans.filter((path) => existsSync(path.slice(0, path.indexOf('/'))))]
}

it.each(pages)('%s names only files that exist', (page) => {
  expect(namedIn(page).filter((path) => !existsSync(path))).toEqual([])
})
