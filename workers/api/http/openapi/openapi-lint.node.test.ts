import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Document, Ruleset, Spectral } from '@stoplight/spectral-core'
import * as parsers from '@stoplight/spectral-parsers'
import { oas } from '@stoplight/spectral-rulesets'
import { describe, expect, it } from 'vitest'
import { app } from '../../app.ts'
import { redoclyExceptions, spectralExceptions } from './lint-rules.fixture.ts'

const response = await app.request('/openapi.json', {}, { ENVIRONMENT: 'development' })
const text = await response.text()

/** What Spectral finds, errors, warnings and hints alike. */
async function spectral(document: string): Promise<string[]> {
  const linter = new Spectral()
  linter.setRuleset(new Ruleset({ extends: [[oas, 'all']], rules: spectralExceptions }))
  const found = await linter.run(new Document(document, parsers.Json, 'openapi.json'))
  return found.map(({ code, path, message }) => `${code} at ${path.join('/')}: ${message}`)
}

/** What Redocly finds, errors and warnings alike. */
async function redocly(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'], rules: redoclyExceptions })
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  return found.map(
    ({ ruleId, location: [first], message }) => `${ruleId} at ${first?.pointer ?? ''}: ${message}`,
  )
}

describe('the OpenAPI document', () => {
  it('is accepted by Spectral', async () => {
    expect(await spectral(text)).toEqual([])
  })
  it('is accepted by Redocly', async () => {
    expect(await redocly(text)).toEqual([])
  })
  it('would be found wrong by both', async () => {
    const broken = text.replace('"operationId":', '"middleware":[null],"operationId":')
    expect(await spectral(broken)).toContainEqual(expect.stringContaining('unevaluated'))
    expect(await redocly(broken)).toContainEqual(expect.stringContaining('middleware'))
  })
})
