import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type CloudEvent, cloudEventSchema } from '../../../../shared/core/cloud-event.ts'
import { mapBounded } from '../../../../shared/core/concurrency.ts'
import { pythonTool } from '../tools/python.ts'
import { ACCOUNT, AwsAdministrator, elementText, type Keys, REGION } from './aws-client.ts'

const SERVER = join(import.meta.dirname, 'moto-server.py')
/** How long it may take to start (ms): it loads what it knows of each service of AWS. */
const START_TIMEOUT_MS = 60_000
/** Objects that are read at the same time. */
const READ_CONCURRENCY = 8

/** The bindings with which Petrel reaches a stand-in for AWS. */
export interface AwsBindings {
  readonly AWS_REGION: string
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
  readonly AWS_ENDPOINT_URL: string
}

/** What Firehose wrote into a bucket with one call. */
export interface StoredObject {
  readonly key: string
  readonly text: string
}

/** A running moto: AWS as far as it is needed here, with a memory that ends with it. */
export interface Moto {
  readonly url: string
  /** For its own services, until `requireSignatures` says otherwise. */
  readonly bindings: AwsBindings
  /** For requests that have no helper here. */
  readonly administrator: AwsAdministrator
  /** Makes a delivery stream that is put to directly, and the bucket that it writes to. */
  createStream(stream: string, bucket: string): Promise<void>
  /** What a bucket holds, in the order in which it came. */
  readObjects(bucket: string): Promise<StoredObject[]>
  /** The same, line by line. */
  readEvents(bucket: string): Promise<CloudEvent[]>
  /** Makes a role that this account may assume, which may put records; its ARN. */
  createRole(name: string): Promise<string>
  /** From now on each request has to be signed; the keys of a user who may do everything. */
  requireSignatures(): Promise<AwsBindings>
  stop(): Promise<void>
}

/** Starts moto on a free port of this machine alone, after its installation where it is missing. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(await pythonTool('python'), [SERVER, '--host', '127.0.0.1', '--port', '0'], {
    // Nothing of the machine's own credentials is to reach it.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const goodbye = () => child.kill('SIGKILL')
  process.once('exit', goodbye)
  child.once('exit', () => process.removeListener('exit', goodbye))
  const url = await listening(child)
  // Until signatures are required moto takes any.
  const anyKeys: Keys = { accessKeyId: 'AKIAPETRELTESTS00000', secretAccessKey: 'any' }
  const administrator = new AwsAdministrator(url, anyKeys)
  return {
    url,
    bindings: bindingsFor(url, anyKeys),
    administrator,
    createStream: (stream, bucket) => createStream(administrator, stream, bucket),
    readObjects: (bucket) => readObjects(administrator, bucket),
    async readEvents(bucket) {
      const objects = await readObjects(administrator, bucket)
      const lines = objects.flatMap(({ text }) => text.split('\n').slice(0, -1))
      return lines.map((line) => cloudEventSchema.parse(JSON.parse(line)))
    },
    createRole: (name) => createRole(administrator, name),
    async requireSignatures() {
      const keys = await createUser(administrator)
      await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' })
      administrator.useKeys(keys)
      return bindingsFor(url, keys)
    },
    stop: () => end(child),
  }
}

function bindingsFor(url: string, { accessKeyId, secretAccessKey }: Keys): AwsBindings {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: url,
  }
}

async function createStream(aws: AwsAdministrator, stream: string, bucket: string): Promise<void> {
  const location = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`
  await aws.s3('PUT', `/${bucket}`, location)
  await aws.json('firehose', 'Firehose_20150804.CreateDeliveryStream', {
    DeliveryStreamName: stream,
    DeliveryStreamType: 'DirectPut',
    ExtendedS3DestinationConfiguration: {
      RoleARN: `arn:aws:iam::${ACCOUNT}:role/firehose`,
      BucketARN: `arn:aws:s3:::${bucket}`,
    },
  })
}

async function readObjects(aws: AwsAdministrator, bucket: string): Promise<StoredObject[]> {
  const keys: string[] = []
  for (;;) {
    const after = keys.at(-1)
    const query = new URLSearchParams({ 'list-type': '2', ...(after && { 'start-after': after }) })
    const page = await aws.s3('GET', `/${bucket}?${query}`)
    for (const [, key] of page.matchAll(/<Key>([^<]*)<\/Key>/g)) if (key) keys.push(key)
    if (elementText(page, 'IsTruncated') !== 'true') break
  }
  const number = (key: string) => Number(key.split('-').pop())
  keys.sort((a, b) => number(a) - number(b))
  return mapBounded(keys, READ_CONCURRENCY, async (key) => ({
    key,
    text: await aws.s3('GET', `/${bucket}/${encodeURI(key)}`),
  }))
}

const IAM = '2010-05-08'

async function createUser(aws: AwsAdministrator): Promise<Keys> {
  await aws.form('iam', IAM, { Action: 'CreateUser', UserName: 'petrel' })
  await aws.form('iam', IAM, {
    Action: 'PutUserPolicy',
    UserName: 'petrel',
    PolicyName: 'everything',
    PolicyDocument: allow('*'),
  })
  const answer = await aws.form('iam', IAM, { Action: 'CreateAccessKey', UserName: 'petrel' })
  return {
    accessKeyId: elementText(answer, 'AccessKeyId'),
    secretAccessKey: elementText(answer, 'SecretAccessKey'),
  }
}

async function createRole(aws: AwsAdministrator, name: string): Promise<string> {
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }
  const answer = await aws.form('iam', IAM, {
    Action: 'CreateRole',
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  })
  await aws.form('iam', IAM, {
    Action: 'PutRolePolicy',
    RoleName: name,
    PolicyName: 'put-records',
    PolicyDocument: allow('firehose:PutRecordBatch'),
  })
  return elementText(answer, 'Arn')
}

function allow(action: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  })
}

/** The address that it listens at, once it says so; from then on it may say what it likes. */
async function listening(child: ChildProcess): Promise<string> {
  let output = ''
  const listening = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-5_000)
        const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
        if (url) resolve(url)
      })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`moto ended with ${code}:\n${output}`)))
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`moto did not start:\n${output}`)), START_TIMEOUT_MS)
  })
  try {
    return await Promise.race([listening, late])
  } finally {
    clearTimeout(timer)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
