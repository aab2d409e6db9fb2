/** Cryptography for the dissectors, by Node's OpenSSL. */
import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { Ciphers } from '../protocols/tls-keys.ts'

export const ciphers: Ciphers = {
  hmac: (hash, key, data) => createHmac(hash, key).update(data).digest(),
  md5: (text) => createHash('md5').update(text, 'latin1').digest('hex'),
  open({ cipher, tagLength, key, nonce, beside, sealed }) {
    const length = sealed.length - tagLength
    if (length < 0) return undefined
    try {
      // The types know the modes of AEAD one by one; at run time the options are the same for all.
      const decipher = createDecipheriv(cipher as 'aes-128-ccm', key, nonce, { authTagLength: tagLength })
      decipher.setAuthTag(sealed.subarray(length))
      decipher.setAAD(beside, { plaintextLength: length })
      const plain = decipher.update(sealed.subarray(0, length))
      decipher.final()
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
    } catch {
      return undefined
    }
  },
}
