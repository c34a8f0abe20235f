import { describe, expect, it } from 'vitest'
import { httpUrlSchema } from './http-url.ts'

describe('a URL from outside', () => {
  it.each([
    'https://shop.example',
    'http://shop.example:8080/mugs/1.png?size=2#top',
    'HTTPS://SHOP.EXAMPLE/',
    'https://[2001:db8::1]/mug.png',
    'https://xn--mnchen-3ya.example/%C3%BC',
    `https://shop.example/${'a'.repeat(1_979)}`,
  ])('is taken as %s', (url) => {
    expect(httpUrlSchema.parse(url)).toBe(url)
  })

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)//https://shop.example',
    'data:text/html,<script>alert(1)</script>',
    'file:///etc/passwd',
    'ftp://shop.example/mug.png',
    'blob:https://shop.example/1',
    'vbscript:msgbox(1)',
    '//shop.example/mug.png',
    '/mug.png',
    'shop.example',
    'http:shop.example',
    'http:\\\\shop.example',
    'https://shop.example\\@evil.example',
    ' https://shop.example',
    'https://shop.example/a b',
    'java\nscript:alert(1)',
    'https://shop.example/\u0000',
    'https://ada@shop.example',
    'https://ada:secret@shop.example',
    'https://:@shop.example',
    'https://',
    'https:///mug.png',
    'https://?q',
    'https://shop.example:99999',
    'https://[1::2::3]/',
    'https://münchen.example',
    `https://shop.example/${'a'.repeat(1_980)}`,
    '',
  ])('is refused as %j', (url) => {
    expect(httpUrlSchema.safeParse(url).success).toBe(false)
  })
})
