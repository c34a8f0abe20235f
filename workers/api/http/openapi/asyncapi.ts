import type { z } from 'zod'
import { cloudEventSchema } from '../../../../shared/core/cloud-event.ts'
import { type EventType, eventTypes } from './event-types.ts'
import { publishedSchema, schemaName } from './published-schema.ts'

const MEDIA_TYPE = 'application/cloudevents+json'

const contexts = [...new Set([...eventTypes.values()].map(({ context }) => context))]

/** The AsyncAPI 3 document of a deployment that is reached under an origin (`https://host:port`; empty if unknown). */
export function asyncApiDocument(origin: string) {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Petrel: events',
      version: '0.1.0',
      description: `Everything that happened, as CloudEvents 1.0 in structured JSON, always in the newest version of each event. The JSON Schema of every version is listed at ${origin}/schemas.`,
      tags: contexts.map((name) => ({ name })),
      ...(origin !== '' && { externalDocs: { url: `${origin}/docs`, description: 'The HTTP API.' } }),
    },
    defaultContentType: MEDIA_TYPE,
    ...(origin !== '' && { servers: { lake: lakeServer(origin) } }),
    ...stream(origin),
  }
}

function lakeServer(origin: string) {
  const { host, protocol } = new URL(origin)
  return {
    host,
    protocol: protocol.replace(':', ''),
    pathname: '/v1/ops/lake',
    description: 'Lists objects of the lake by prefix, and reads one by its key.',
    security: [{ $ref: '#/components/securitySchemes/bearer' }],
  }
}

function stream(origin: string) {
  const types = [...eventTypes.values()]
  return {
    channels: {
      events: {
        address: 'context={context}/dt={date}/hour={hour}/',
        title: 'The stream of events',
        description:
          'Every published event. The address is the prefix of its objects in the lake: gzipped, one event per line. Events of hours that have not been compacted are under `ingest/dt={date}/hour={hour}/`. Delivery is at least once: deduplicate by `id`. `sequence` orders the events of one `partitionkey`. Releases before this one published `sequence` as a number, and `source` and `dataschema` without an origin: what they wrote stays as it is.',
        parameters: {
          context: { description: 'The bounded context.', enum: contexts },
          date: { description: 'The day of the event, in UTC.', examples: ['2026-03-01'] },
          hour: { description: 'The hour of the event, in UTC.', examples: ['00', '23'] },
        },
        messages: Object.fromEntries(
          types.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]),
        ),
      },
    },
    operations: {
      publishEvents: {
        action: 'send',
        channel: { $ref: '#/channels/events' },
        title: 'Publish events',
      },
    },
    components: {
      messages: Object.fromEntries(types.map((eventType) => [eventType.type, message(eventType, origin)])),
      schemas: {
        CloudEvent: embedded(cloudEventSchema),
        ...Object.fromEntries(types.map(({ type, data }) => [type, embedded(data)])),
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token with the scope `ops`.',
        },
      },
    },
  }
}

function message({ type, context, name, category, version, logged }: EventType, origin: string) {
  return {
    name: type,
    title: name.replaceAll(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    contentType: MEDIA_TYPE,
    tags: [{ name: context }, { name: `category:${category}` }],
    correlationId: { location: '$message.payload#/correlationid' },
    payload: {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        {
          type: 'object',
          properties: {
            type: { const: type },
            source: { const: `${origin}/petrel/${context}` },
            dataschema: { const: `${origin}/schemas/${schemaName(type, version)}.json` },
            category: { const: category },
            data: { $ref: `#/components/schemas/${type}` },
          },
          required: logged ? ['data', 'sequence'] : ['data'],
        },
      ],
    },
  }
}

/** Schemas in the document are AsyncAPI schema objects, a superset of draft 07. */
function embedded(data: z.ZodType) {
  const { $schema, ...schema } = publishedSchema(data, 'draft-07')
  return schema
}
