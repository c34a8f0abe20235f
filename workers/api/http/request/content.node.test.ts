import { expect, it } from 'vitest'
import { isIdentityCoding, isJsonType } from './content.ts'

it.each([
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json ; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/json;charset="\\utf-8"',
  'application/json;',
  'application/json;;',
  ' application/json ;\t; charset=utf-8 ; ',
  'application/json; profile="https://example.com/a;b,c"',
  'application/vnd.petrel.v1+json',
  'application/merge-patch+json;x=y',
  'text/json',
])('%s is JSON', (field) => {
  expect(isJsonType(field)).toBe(true)
})

it.each([
  undefined,
  '',
  'json',
  'application/jsonp',
  'application/x-json',
  'application/+json',
  'text/plain',
  'text/plain; application/json',
  'application/json, application/json',
  'application /json',
  'application/json charset=utf-8',
  'application/json; charset=iso-8859-1',
  'application/json; charset=utf-8; charset=utf-16',
  'application/json; charset = utf-8',
  'application/json; charset="utf-8',
  'application/json; =x',
])('%s is not', (field) => {
  expect(isJsonType(field)).toBe(false)
})

it.each([undefined, '', 'identity', 'Identity', ' identity , '])('%s leaves a body as it is', (field) => {
  expect(isIdentityCoding(field)).toBe(true)
})
it.each(['gzip', 'br', 'identity, gzip', 'x'])('%s does not', (field) => {
  expect(isIdentityCoding(field)).toBe(false)
})
