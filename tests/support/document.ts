import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'

const responseSchema = z.looseObject({
  $ref: z.string().optional(),
  content: z.record(z.string(), z.unknown()).optional(),
})
const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ responses: z.record(z.string(), responseSchema) })),
  ),
})

/** The OpenAPI document of a running Petrel, by which answers of tests are checked. */
export class ApiDocument {
  readonly #document: z.infer<typeof documentSchema>
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  readonly #compiled = new Map<string, ValidateFunction>()
  readonly #routes: readonly { path: string; pattern: RegExp }[]

  private constructor(document: unknown) {
    this.#document = documentSchema.parse(document)
    addFormats.default(this.#ajv)
    this.#ajv.addSchema(z.looseObject({}).parse(document), 'document')
    // Those without parameters first: /orders is no /{id}.
    this.#routes = Object.keys(this.#document.paths)
      .toSorted((a, b) => a.split('{').length - b.split('{').length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
  }

  /** That of a deployment; `null` where it serves none, as it serves nothing without a key. */
  static async of(url: string): Promise<ApiDocument | null> {
    const response = await fetch(`${url}/openapi.json`)
    return response.ok ? new ApiDocument(await response.json()) : null
  }

  /** What contradicts the document in an answer: none for one that is as described, or of no operation. */
  contradictions(method: string, path: string, status: number, mediaType: string, body: unknown): string[] {
    const [address = ''] = path.split('?')
    const route = this.#routes.find(
      ({ pattern, path: one }) => pattern.test(address) && this.#document.paths[one]?.[method.toLowerCase()],
    )
    const responses = route && this.#document.paths[route.path]?.[method.toLowerCase()]?.responses
    if (!responses) return []
    const where = `${method} ${route.path} ${status}`
    const documented = responses[String(status)]
    if (!documented) return [`${where} is not documented`]
    const pointer =
      documented.$ref ?? `#/paths/${escaped(route.path)}/${method.toLowerCase()}/responses/${status}`
    const [type = ''] = mediaType.split(';')
    if (body === undefined) return []
    return this.#problems(`document${pointer}/content/${escaped(type)}/schema`, body).map(
      (one) => `${where}: ${one}`,
    )
  }

  #problems(id: string, body: unknown): string[] {
    const known = this.#compiled.get(id) ?? this.#ajv.compile({ $ref: id })
    this.#compiled.set(id, known)
    return known(body)
      ? []
      : (known.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

function escaped(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}
