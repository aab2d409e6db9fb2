/** The hub's certificate: made by itself, for this machine, and kept so that whoever has trusted it once may go on doing so. */
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'

/** Both in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  /** Where the certificate alone can be read, for `curl --cacert`; undefined when it could not be kept. */
  readonly path: string | undefined
}

const NAME = 'localhost'
/** Whom it speaks for: this machine, and the server of the lab network. */
const ADDRESSES = ['127.0.0.1', '::1', '10.0.0.1'] as const

const DAY_MS = 24 * 60 * 60 * 1000
/** Browsers believe none for longer (CA/Browser Forum, Ballot SC22). */
const VALID_DAYS = 397
/** One that ends sooner is not used any more: a lab may run for days. */
const LEFT_DAYS = 7

/** The one in the folder if it is still good, else a new one, which is kept there for next time where that is possible. */
export async function ownCertificate(folder: string): Promise<Certificate> {
  const path = join(folder, 'hub-certificate.pem')
  const keyPath = join(folder, 'hub-key.pem')
  try {
    const [cert, key] = await Promise.all([readFile(path, 'utf8'), readFile(keyPath, 'utf8')])
    if (isGood(cert, key)) return { cert, key, path }
  } catch {
    // None yet, or not to be read: a new one.
  }
  const made = await makeCertificate()
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await keep(keyPath, made.key)
    await keep(path, made.cert)
    return { ...made, path }
  } catch {
    return { ...made, path: undefined }
  }
}

/** Written beside and renamed, so that nobody reads half a file. */
async function keep(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, path)
}

function isGood(cert: string, key: string): boolean {
  const parsed = new X509Certificate(cert)
  const end = Date.parse(parsed.validTo)
  if (!(end - Date.now() > LEFT_DAYS * DAY_MS) || Date.parse(parsed.validFrom) > Date.now()) return false
  if (parsed.checkHost(NAME) === undefined) return false
  if (ADDRESSES.some((address) => parsed.checkIP(address) === undefined)) return false
  // Throws when the key is not the certificate's: two labs may have written at once.
  createSecureContext({ cert, key })
  return true
}

/** Of an elliptic curve: made in milliseconds, where RSA takes a tenth of a second. */
async function makeCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  // Loading it takes longer than all the rest of a start, and mostly there is no need.
  const { generate } = await import('selfsigned')
  const now = Date.now()
  const pem = await generate([{ name: 'commonName', value: NAME }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // Clocks of guests may be behind.
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + (VALID_DAYS - 1) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [{ type: 2, value: NAME }, ...ADDRESSES.map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  })
  return { key: pem.private, cert: pem.cert }
}
