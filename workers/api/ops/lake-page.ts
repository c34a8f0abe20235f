/** A page of the lake bucket's objects, in the order of their keys. */
interface LakePage {
  readonly objects: R2Object[]
  readonly truncated: boolean
}

/**
 * Lists so many objects after a key, or all that there are: R2 may answer with fewer than it was asked for, and have
 * more.
 *
 * @param options `limit` is at most 1,000
 */
export async function lakePage(
  lake: Pick<R2Bucket, 'list'>,
  options: { prefix?: string | undefined; startAfter?: string | undefined; limit: number },
): Promise<LakePage> {
  const { prefix, startAfter, limit } = options
  const within = prefix ? { prefix } : {}
  const objects: R2Object[] = []
  let listed = await lake.list({ ...within, ...(startAfter && { startAfter }), limit })
  objects.push(...listed.objects)
  while (listed.truncated && objects.length < limit) {
    listed = await lake.list({ ...within, cursor: listed.cursor, limit: limit - objects.length })
    objects.push(...listed.objects)
  }
  return { objects, truncated: listed.truncated }
}
