import { z } from 'zod'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { readModels } from './models.ts'

/** Objects read at the same time: a Worker has six connections. */
const READS_AT_ONCE = 6

/** A part of the lake in which streams of one kind begin. */
interface Source {
  readonly kind: string
  readonly prefix: string
}

const sources: readonly Source[] = [...readModels].flatMap(([kind, { begins }]) =>
  begins.map((type) => {
    const [context, name] = type.split('.')
    return { kind, prefix: `context=${context}/type=${name}/` }
  }),
)

/** How far the lake has been read: the part, and the last object of it. */
export interface LakePosition {
  readonly prefix: string
  readonly after: string
}

/** Where reading begins. */
export const lakeBeginning: LakePosition = { prefix: sources[0]?.prefix ?? '', after: '' }

const beginningSchema = z.object({ subject: z.string(), sequence: z.int().optional() })

/** What was found in the lake, and where to go on; `next` is `null` at its end. */
export interface LakeStreams {
  readonly streams: readonly Stream[]
  readonly next: LakePosition | null
}

/**
 * The streams that begin in the next objects of the lake, of which so many are read at most. Every
 * stream is found once, by its first event.
 */
export async function nextStreams(lake: R2Bucket, from: LakePosition, objects: number): Promise<LakeStreams> {
  const streams: Stream[] = []
  let next: LakePosition | null = from
  let left = objects
  while (next && left > 0) {
    const part: LakeStreams & { objects: number } = await streamsAt(lake, next, left)
    streams.push(...part.streams)
    left -= part.objects
    next = part.next
  }
  return { streams, next }
}

async function streamsAt(lake: R2Bucket, { prefix, after }: LakePosition, limit: number) {
  const index = sources.findIndex((source) => source.prefix === prefix)
  const source = sources[index]
  if (!source) throw new RangeError(`no stream begins under ${prefix}`)
  const listed = await lake.list({ prefix, limit, ...(after && { startAfter: after }) })
  const keys = listed.objects.map(({ key }) => key)
  const subjects = await mapBounded(keys, READS_AT_ONCE, (key) => subjectsBegunIn(lake, key))
  const following = sources[index + 1]
  const end = following ? { prefix: following.prefix, after: '' } : null
  return {
    streams: subjects.flat().map((id) => ({ kind: source.kind, id })),
    objects: keys.length,
    next: listed.truncated ? { prefix, after: keys.at(-1) ?? after } : end,
  }
}

/** Ids of the aggregates whose first event stands in an object; none if it is gone. */
async function subjectsBegunIn(lake: R2Bucket, key: string): Promise<string[]> {
  const object = await lake.get(key)
  if (!object) return []
  const { body, httpMetadata } = object
  const text =
    httpMetadata?.contentEncoding === 'gzip' ? body.pipeThrough(new DecompressionStream('gzip')) : body
  const lines = (await new Response(text).text()).split('\n')
  return lines.flatMap((line) => {
    if (line === '') return []
    const { subject, sequence } = beginningSchema.parse(JSON.parse(line))
    return sequence === 1 ? [subject] : []
  })
}
