import { expect, it } from 'vitest'
import { violationsIn } from './index.ts'
import { Shop } from './shop.fixture.ts'
import { story } from './story.fixture.ts'

it('all hold in a shop where all went well', () => {
  const shop = new Shop()
  story(shop)
  expect(violationsIn(shop.inspection(), true)).toEqual([])
})
