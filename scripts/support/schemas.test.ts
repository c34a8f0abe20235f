import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { registry } from '../../shared/registry.ts'
import { type EventType, eventTypes } from '../../workers/api/http/openapi/event-types.ts'
import { neededSamples, newestVersion, storedEventTypes } from './samples.ts'
import { checkSchemas } from './schemas.ts'

const stored = storedEventTypes(registry)

/** The guarantees to readers of the lake. */
describe('the published schemas', () => {
  it('are those of the code, and break no reader of those that were committed', () => {
    expect(checkSchemas(process.cwd(), eventTypes.values())).toEqual({ broken: [], stale: [] })
  })

  it('are there for every event that is stored, in the version that is stored', () => {
    const logged = [...eventTypes.values()].filter((eventType) => eventType.logged)
    expect(new Map(logged.map(({ type, version }) => [type, version]))).toEqual(
      new Map(stored.map((type) => [`${type.context}.${type.name}`, newestVersion(type)])),
    )
  })

  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const samples = neededSamples(stored).map(({ type, version, file }) => ({
    file,
    schema: `contracts/schemas/${type.context}.${type.name}.v${version}.json`,
  }))
  it.each(samples)('$schema takes $file', ({ file, schema }) => {
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))
    validate(JSON.parse(readFileSync(file, 'utf8')))
    expect(validate.errors ?? []).toEqual([])
  })
})

/** An event whose field `note` was renamed to `text`. */
const noted = {
  type: 'stationery.Noted',
  context: 'stationery',
  name: 'Noted',
  category: 'business',
  version: 2,
  logged: true,
  data: z.object({ text: z.string() }),
} satisfies EventType
const [older, newest, module] = [
  'contracts/schemas/stationery.Noted.v1.json',
  'contracts/schemas/stationery.Noted.v2.json',
  'contracts/schemas/older.ts',
]

let top = ''
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'petrel-schemas-'))
  mkdirSync(join(top, 'contracts/schemas'), { recursive: true })
  keep(older, '{ "type": "object", "properties": { "note": { "type": "string" } }, "required": ["note"] }')
  writeStale()
})
afterEach(() => rmSync(top, { recursive: true }))

const keep = (file: string, text: string) => writeFileSync(join(top, file), text)
const kept = (file: string) => readFileSync(join(top, file), 'utf8')
const check = (type: EventType = noted) => checkSchemas(top, [type])
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: top })

/** Does what the script does. */
function writeStale(type: EventType = noted): string[] {
  const { stale } = check(type)
  for (const { file, text } of stale) keep(file, text)
  return stale.map(({ file }) => file)
}

describe('checking schemas', () => {
  it('finds nothing when all was written', () => {
    expect(check()).toEqual({ broken: [], stale: [] })
    expect(JSON.parse(kept(newest))).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: '/schemas/stationery.Noted.v2.json',
      title: 'stationery.Noted',
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
    })
    expect(kept(module)).toContain(
      "import stationeryNotedV1 from './stationery.Noted.v1.json' with { type: 'json' }",
    )
  })

  it('has a change written that readers can go on with', () => {
    const longer = { ...noted, data: noted.data.extend({ colour: z.string().optional() }) }
    expect(check(longer)).toMatchObject({ broken: [], stale: [{ file: newest }] })
    expect(writeStale(longer)).toEqual([newest])
    expect(check(longer)).toEqual({ broken: [], stale: [] })
    expect(kept(newest)).toContain('colour')
  })

  it('says what to do about one that breaks them, and has nothing written', () => {
    const other = { ...noted, data: z.object({ text: z.string().optional() }) }
    expect(check(other)).toEqual({
      broken: [
        `${newest}: /properties/text is no longer required. Readers count on this version: give the event a new one, then run: npx bun run schemas (a stored event needs an upcaster from this one, too)`,
      ],
      stale: [],
    })
  })

  it('takes the same change under a new version, and keeps the old one for the Worker', () => {
    const next = { ...noted, version: 3, data: z.object({ marks: z.int() }) }
    expect(writeStale(next)).toEqual(['contracts/schemas/stationery.Noted.v3.json', module])
    expect(check(next)).toEqual({ broken: [], stale: [] })
    expect(kept(module)).toContain("'./stationery.Noted.v2.json'")
  })

  it('misses the schema of an older version', () => {
    rmSync(join(top, older))
    expect(check()).toMatchObject({ broken: [expect.stringContaining(`${older} is missing`)] })
  })

  it('misses the version of a schema', () => {
    expect(check({ ...noted, version: 1, data: z.object({ note: z.string() }) }).broken).toEqual([
      expect.stringContaining(`${newest}: the code has no such version`),
    ])
  })

  it('keeps to what git has, should a file have been made anew', () => {
    const other = { ...noted, data: z.object({ text: z.boolean() }) }
    const broken = [expect.stringContaining(`${newest}: /properties/text/type was`)]
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '--message', 'Publish')
    rmSync(join(top, newest))
    writeStale(other)
    expect(check(other)).toEqual({ broken, stale: [] })
    git('commit', '--quiet', '--all', '--message', 'Break')
    expect(check(other)).toEqual({ broken, stale: [] })
    rmSync(join(top, older))
    expect(check(other).broken).toContain(`${older} was published and is gone. Bring it back from git.`)
  })
})
