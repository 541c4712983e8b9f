import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build, type OutputChunk } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DigestDocument, sha256Of, signDigest } from './support/digest-document.js';
import { KEY_A, KEY_B } from './support/throwaway-keys.js';

type Core = typeof import('../src/core/index.js');

/** What a page and a worker of any current browser have; the language itself comes with the context. */
const WEB_GLOBALS = { crypto, TextDecoder, TextEncoder, atob, btoa, URL };

const DIGEST: DigestDocument = {
  awsAccountId: '111122223333',
  digestStartTime: '2024-03-01T09:29:23Z',
  digestEndTime: '2024-03-01T10:29:23Z',
  digestS3Bucket: 'logs',
  digestS3Object:
    'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/03/01/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20240301T102923Z.json.gz',
  digestPublicKeyFingerprint: KEY_A.fingerprint,
  digestSignatureAlgorithm: 'SHA256withRSA',
  newestEventTime: null,
  oldestEventTime: null,
  previousDigestS3Bucket: null,
  previousDigestS3Object: null,
  previousDigestHashValue: null,
  previousDigestHashAlgorithm: null,
  previousDigestSignature: null,
  logFiles: [],
};

describe('trailproof/core, bundled for a browser', () => {
  let bundle: OutputChunk;

  beforeAll(async () => {
    const { output } = await build({
      input: fileURLToPath(new URL('../src/core/index.ts', import.meta.url)),
      platform: 'browser',
      resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
      transform: { target: 'es2023' },
      output: { format: 'iife', name: 'trailproof', codeSplitting: false },
      write: false,
      logLevel: 'silent',
    });
    bundle = output[0];
  });

  it('needs nothing of Node', () => {
    expect(bundle.moduleIds.length).toBeGreaterThan(20);
    expect([...bundle.imports, ...bundle.dynamicImports]).toEqual([]);
    // A module of Node, or one that a package switches off for browsers, is bundled as an empty one.
    expect(bundle.moduleIds.filter((id) => isBuiltin(id) || !path.isAbsolute(id))).toEqual([]);
  });

  it('loads and verifies a digest where there are only web globals', async () => {
    const context = vm.createContext({ ...WEB_GLOBALS });
    vm.runInContext(bundle.code, context);
    const core = context.trailproof as Core;
    const { bytes, signature } = signDigest(DIGEST, KEY_A, undefined);

    const parse = core.parseDigest(bytes, {
      type: 'digest',
      bucket: DIGEST.digestS3Bucket,
      key: DIGEST.digestS3Object,
    });
    if (!parse.ok) throw new Error(JSON.stringify(parse));
    const verdict = async (der: Uint8Array, sha256: string): Promise<boolean> =>
      core.isSignedBy(await core.parsePublicKey(der), signature, parse.digest, sha256);

    expect(await verdict(KEY_A.pkcs1, sha256Of(bytes))).toBe(true);
    expect(await verdict(KEY_A.spki, sha256Of(bytes))).toBe(true);
    expect(await verdict(KEY_A.pkcs1, sha256Of(bytes.subarray(1)))).toBe(false);
    expect(await verdict(KEY_B.pkcs1, sha256Of(bytes))).toBe(false);
  });
});
