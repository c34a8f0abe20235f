import type { AwsWorld } from './request.ts'

/** What was sent to AWS. */
export interface SentToAws {
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

/** What AWS answers: an answer, or a fault of the line. */
export type Scripted =
  | { readonly status?: number; readonly headers?: HeadersInit; readonly body: string }
  | Error

/**
 * A world with a clock of its own, which stands still but for waits, and an AWS that answers as a function of
 * what it is sent.
 */
export class ScriptedWorld implements AwsWorld {
  readonly sent: SentToAws[] = []
  /** Waits (ms), in their order. */
  readonly waits: number[] = []
  /** Milliseconds since 1970. */
  time = Date.parse('2026-11-23T12:00:00.000Z')
  /** What the next draw gives. */
  chance = 0.5
  readonly #answer: (sent: SentToAws, call: number) => Scripted | Promise<Scripted>

  /** @param answer is given what was sent and how many calls there were before it */
  constructor(answer: (sent: SentToAws, call: number) => Scripted | Promise<Scripted>) {
    this.#answer = answer
  }

  readonly fetch = async (url: string, { headers, body }: RequestInit): Promise<Response> => {
    const sent = { url, headers: new Headers(headers), body: String(body) }
    this.sent.push(sent)
    const answer = await this.#answer(sent, this.sent.length - 1)
    if (answer instanceof Error) throw answer
    return new Response(answer.body, { status: answer.status ?? 200, headers: answer.headers ?? {} })
  }

  readonly now = (): number => this.time

  readonly random = (): number => this.chance

  readonly wait = async (milliseconds: number): Promise<void> => {
    this.waits.push(milliseconds)
    this.time += milliseconds
  }
}

/** Fields of bindings, with invalid keys. */
export const awsBindings = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE000000000',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

/** STS's answer to `AssumeRole`. */
export function assumedRole(number: number, expiration: string): Scripted {
  return {
    headers: { 'Content-Type': 'text/xml' },
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>ARO123EXAMPLE123:petrel</AssumedRoleId>
      <Arn>arn:aws:sts::123456789012:assumed-role/petrel/petrel</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLE${number}</AccessKeyId>
      <SecretAccessKey>secret/${number}+of/the/role</SecretAccessKey>
      <SessionToken>token${number}//////////wEa==</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</AssumeRoleResponse>`,
  }
}

/** An error as STS gives it. */
export function stsError(status: number, code: string, message: string): Scripted {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  }
}
