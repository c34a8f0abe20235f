import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../tools/command.ts'
import { jarsOf } from '../tools/maven.ts'

const POM = join(import.meta.dirname, 'pom.xml')
const IAM_TOKENS = join(import.meta.dirname, 'IamTokens.java')

/** The folder of Apache Kafka's jars, which Maven fetches once. */
export function kafkaJars(): Promise<string> {
  return jarsOf(POM, 'kafka')
}

/** Compiles what checks the tokens of the IAM listener, into a folder. */
export async function compileIamTokens(jars: string, folder: string): Promise<void> {
  await runCommand('javac', ['-cp', join(jars, '*'), '-d', folder, IAM_TOKENS], {
    timeout: 60_000,
    missing: 'These tests compile a class for Kafka, which needs a JDK: the command `javac` was not found.',
  })
}

/** A certificate authority and a server's key with a certificate of it, as PEM files. */
export interface Certificates {
  readonly authority: string
  /** Key and certificate in one file, as Kafka reads them. */
  readonly keystore: string
}

/** Makes both, good for `localhost` and 127.0.0.1, for two days. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) =>
    runCommand('openssl', args, {
      timeout: 30_000,
      missing: 'These tests make certificates, which needs OpenSSL: the command `openssl` was not found.',
    })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=Petrel test authority'],
    ...['-keyout', file('authority.key'), '-out', file('authority.pem')],
  )
  await openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=localhost'],
    ...[
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
    ...['-CA', file('authority.pem'), '-CAkey', file('authority.key')],
    ...['-keyout', file('server.key'), '-out', file('server.pem')],
  )
  const parts = await Promise.all(['server.key', 'server.pem'].map((name) => readFile(file(name), 'utf8')))
  await writeFile(file('keystore.pem'), parts.join(''))
  return { authority: file('authority.pem'), keystore: file('keystore.pem') }
}
