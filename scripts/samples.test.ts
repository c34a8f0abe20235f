import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const SCRIPT = resolve('scripts/samples.ts')

/** A registry of one aggregate, with an event stored in two versions. */
const registry = `
import { z } from 'zod'
const event = (type, data) => z.object({ type: z.literal(type), data })
const notebook = {
  kind: 'notebook',
  context: 'stationery',
  event: z.discriminatedUnion('type', [
    event('Noted', z.object({ text: z.string() })),
    event('Torn', z.object({ orderId: z.string(), pages: z.array(z.int().min(1)) })),
  ]),
  upcasters: { Noted: [(data) => ({ text: data.note })] },
}
export const registry = { notebook }
`
const happened = [
  { type: 'stationery.Torn', data: { orderId: 'ord_1', pages: [7] } },
  { type: 'stationery.Noted', data: { unlike: 'any note' } },
]

let top = ''
const samples = () => join(top, 'contracts/samples/stationery')
const sample = (name: string) => JSON.parse(readFileSync(join(samples(), name), 'utf8'))

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'petrel-samples-'))
  mkdirSync(samples(), { recursive: true })
  mkdirSync(join(top, 'shared'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(top, 'node_modules'))
  writeFileSync(join(top, 'shared/registry.ts'), registry)
})
afterEach(() => rmSync(top, { recursive: true }))

function run(...args: string[]) {
  return spawnSync(process.execPath, [SCRIPT, ...args], { cwd: top, encoding: 'utf8' })
}

describe('npx bun run samples', { timeout: 30_000 }, () => {
  it('writes the newest versions that are missing, and tells what it cannot write', () => {
    const { status, stdout, stderr } = run()
    expect(readdirSync(samples()).sort()).toEqual(['Noted.v2.json', 'Torn.v1.json'])
    expect(sample('Torn.v1.json')).toEqual({ orderId: expect.stringMatching(/^ord_/), pages: [1] })
    expect(stdout).toContain('contracts/samples/stationery/Noted.v2.json written')
    expect(stderr).toContain('Noted.v1.json: missing')
    expect(status).toBe(1)
  })

  it('takes what has happened, where that is of the form of today', () => {
    writeFileSync(join(samples(), 'Noted.v1.json'), '{ "note": "a" }')
    const lake = join(top, 'lake.ndjson')
    writeFileSync(lake, `${happened.map((event) => JSON.stringify(event)).join('\n')}\n`)
    const { status, stdout } = run('--from', lake)
    expect(sample('Torn.v1.json')).toEqual({ orderId: 'ord_1', pages: [7] })
    expect(sample('Noted.v2.json')).toEqual({ text: 'text' })
    expect(stdout).toContain('Every version of every stored event has its sample.')
    expect(status).toBe(0)
  })

  it('touches nothing that is there', () => {
    writeFileSync(join(samples(), 'Torn.v1.json'), '{"orderId":"ord_2","pages":[]}')
    run()
    expect(readFileSync(join(samples(), 'Torn.v1.json'), 'utf8')).toBe('{"orderId":"ord_2","pages":[]}')
  })

  it('says how it is used', () => {
    expect(run('--help').stdout).toContain('npx bun run samples')
    expect(run('--form').status).toBe(2)
  })
})
