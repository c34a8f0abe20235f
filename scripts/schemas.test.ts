import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const SCRIPT = resolve('scripts/schemas.ts')
const FILE = 'contracts/schemas/order.OrderCreated.v5.json'

let top = ''
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'petrel-schemas-'))
  cpSync('contracts/schemas', join(top, 'contracts/schemas'), { recursive: true })
  for (const file of ['biome.json', '.gitignore']) cpSync(file, join(top, file))
  symlinkSync(resolve('node_modules'), join(top, 'node_modules'))
})
afterEach(() => rmSync(top, { recursive: true }))

function run(...args: string[]) {
  return spawnSync(process.execPath, [SCRIPT, ...args], { cwd: top, encoding: 'utf8' })
}
const published = () => readFileSync(join(top, FILE), 'utf8')

describe('npx bun run schemas', { timeout: 30_000 }, () => {
  it('writes what is missing as it was, and with --check tells of it', () => {
    const before = published()
    rmSync(join(top, FILE))
    const checked = run('--check')
    expect(checked.stderr).toBe(`${FILE} is not up to date; run: npx bun run schemas\n`)
    expect(checked.status).toBe(1)
    expect(readdirSync(join(top, 'contracts/schemas'))).not.toContain('order.OrderCreated.v5.json')
    const { stdout, status } = run()
    expect(stdout).toBe(`${FILE} written\nEvery version of every event has its schema.\n`)
    expect(status).toBe(0)
    expect(published()).toBe(before)
    expect(run('--check').status).toBe(0)
  })

  it('does not write what would break readers', () => {
    const stricter = published().replace('"required": [', '"required": ["colour", ')
    writeFileSync(join(top, FILE), stricter)
    const { stderr, status } = run()
    expect(stderr).toContain('is no longer required')
    expect(status).toBe(1)
    expect(published()).toBe(stricter)
  })

  it('says how it is used', () => {
    expect(run('--help').stdout).toContain('npx bun run schemas')
    expect(run('--chekc').status).toBe(2)
  })
})
