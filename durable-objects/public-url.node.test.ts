import { afterEach, expect, it, vi } from 'vitest'
import { publicOrigin } from './public-url.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it.each(['https://shop.example/store', 'shop.example', 'ftp://shop.example'])(
  'tells what PUBLIC_URL has to be when it is %s',
  (setting) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(publicOrigin({ PUBLIC_URL: setting })).toBe('')
    expect(log).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(
        'PUBLIC_URL has to be an http or https origin without a path (https://shop.example): it is not used.',
      ),
    )
  },
)
