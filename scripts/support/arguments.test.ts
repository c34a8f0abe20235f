import { describe, expect, it } from 'vitest'
import { flagValue, hasFlag, withoutFlag } from './arguments.ts'

describe('flags', () => {
  it('are found in both spellings, the last one counting', () => {
    expect(flagValue(['--port', '1', '--other', '2'], '--port')).toBe('1')
    expect(flagValue(['--port=1', '--port=2'], '--port')).toBe('2')
    expect(flagValue(['-c', 'x.toml'], '--config', '-c')).toBe('x.toml')
    expect(flagValue(['--ports', '1'], '--port')).toBeUndefined()
  })
  it('are known to be there with and without a value', () => {
    expect(hasFlag(['a', '--help'], '--help', '-h')).toBe(true)
    expect(hasFlag(['--log-level=debug'], '--log-level')).toBe(true)
    expect(hasFlag(['--helpless'], '--help')).toBe(false)
  })
  it('are taken out together with their value', () => {
    expect(withoutFlag(['a', '--port', '1', 'b', '--port=2'], '--port')).toEqual(['a', 'b'])
  })
})
