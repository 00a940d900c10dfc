import { expect, test } from 'vitest'
import { signAwsRequest } from './aws-signature.ts'

/** The published examples of "Authenticating Requests: Using the Authorization Header" (S3 API reference). */
const key = {
  id: 'AKIAIOSFODNN7EXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 's3',
}
const at = new Date('2013-05-24T00:00:00Z')
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const bucket = 'https://examplebucket.s3.amazonaws.com'
const signatureOf = (headers: Record<string, string>): string => headers.authorization?.split('Signature=')[1] ?? ''

test.each([
  [
    'an object in part',
    'GET',
    '/test.txt',
    { range: 'bytes=0-9' },
    empty,
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'putting an object, whose name needs encoding',
    'PUT',
    '/test$file.text',
    { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  ['a query without value', 'GET', '/?lifecycle', {}, empty, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['a listing', 'GET', '/?max-keys=2&prefix=J', {}, empty, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
] as const)('the signature of %s is the published one', (_what, method, path, headers, payloadSha256, wanted) => {
  const request = { method, url: new URL(path, bucket), headers, payloadSha256, at }
  expect(signatureOf(signAwsRequest(request, key))).toBe(wanted)
})
