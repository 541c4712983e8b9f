import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build, type OutputChunk } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DigestDocument, sha256Of, signDigest } from './support/forge/digest-document.js';
import { stableGzip } from './support/forge/stable-gzip.js';
import { KEY_A, KEY_B } from './support/forge/throwaway-keys.js';

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

async function bundleForBrowser(file: string): Promise<OutputChunk> {
  const { output } = await build({
    input: fileURLToPath(new URL(file, import.meta.url)),
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    transform: { target: 'es2023' },
    output: { format: 'iife', name: 'trailproof', codeSplitting: false },
    write: false,
    logLevel: 'silent',
  });
  return output[0];
}

describe('trailproof/core, bundled for a browser', () => {
  let bundle: OutputChunk;

  beforeAll(async () => {
    bundle = await bundleForBrowser('../src/core/index.ts');
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

    const place = { bucket: DIGEST.digestS3Bucket, key: DIGEST.digestS3Object };
    const codesOf = async (der: Uint8Array, changed = bytes): Promise<readonly string[]> => {
      const { fingerprint } = await core.parsePublicKey(der);
      const keys = [{ fingerprint, der }];
      const { outcome, findings } = await core.verifyDigest(changed, { ...place, keys, signature });
      return [outcome, ...findings.map(({ code }) => code)];
    };

    expect(await codesOf(KEY_A.pkcs1)).toEqual(['verified']);
    expect(await codesOf(KEY_B.pkcs1)).toEqual(['undetermined', 'digest-key-unknown']);
    expect(await codesOf(KEY_A.pkcs1, new Uint8Array([...bytes, 32]))).toEqual(['failed', 'digest-signature-invalid']);
  });
});

describe('the inflater, bundled for a browser', () => {
  it('needs nothing of Node and no file beside it, and inflates where there are only web globals', async () => {
    const { imports, dynamicImports, moduleIds, code } = await bundleForBrowser('./support/run/portable-inflater.ts');
    expect([...imports, ...dynamicImports]).toEqual([]);
    expect(moduleIds.filter((id) => isBuiltin(id) || !path.isAbsolute(id))).toEqual([]);
    const context = vm.createContext({ ...WEB_GLOBALS });
    vm.runInContext(code, context);
    const inflater = (context.trailproof as typeof import('./support/run/portable-inflater.js')).portableInflater();
    const content = new Uint8Array(3_000_000).fill(97);
    const stored = stableGzip(content);
    const facts = {
      status: 'read',
      form: 'gzip',
      sha256: sha256Of(content),
      storedSize: stored.length,
      size: content.length,
    };
    expect({ ...inflater.hash(stored, content.length) }).toEqual(facts);
    async function* pieces() {
      yield stored.subarray(0, 1_000);
      yield stored.subarray(1_000);
    }
    expect({ ...(await inflater.hashPieces(pieces(), stored.length, content.length)) }).toEqual(facts);
  });
});
