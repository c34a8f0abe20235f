import { AwsClient } from 'aws4fetch'

export const REGION = 'eu-central-1'
/** The account that moto plays. */
export const ACCOUNT = '123456789012'

/** Keys of AWS. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Speaks to a stand-in for AWS as an administrator does. */
export class AwsAdministrator {
  readonly #url: string
  #keys: Keys

  constructor(url: string, keys: Keys) {
    this.#url = url
    this.#keys = keys
  }

  /** From now on with other keys. */
  useKeys(keys: Keys): void {
    this.#keys = keys
  }

  /** An operation of a service that speaks JSON. */
  json(service: string, target: string, body: unknown): Promise<string> {
    const headers = { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target }
    return this.#send(service, '/', { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** An operation of a service that takes forms and answers in XML. */
  form(service: string, version: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const body = new URLSearchParams({ ...fields, Version: version }).toString()
    return this.#send(service, '/', { method: 'POST', headers, body })
  }

  /** A request to S3, by path. */
  s3(method: string, path: string, body?: string): Promise<string> {
    return this.#send('s3', path, { method, ...(body !== undefined && { body }) })
  }

  async #send(service: string, path: string, request: RequestInit): Promise<string> {
    const client = new AwsClient({ ...this.#keys, service, region: REGION, retries: 0 })
    const signed = await client.sign(`${this.#url}${path}`, request)
    const response = await fetch(signed, { signal: AbortSignal.timeout(30_000) })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${service} ${path} answered with ${response.status}: ${text.slice(0, 500)}`)
    return text
  }
}

/** What stands in the first element of this name. */
export function elementText(xml: string, name: string): string {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  if (text === undefined) throw new Error(`there is no ${name} in the answer`)
  return text
}
