import type { StoredHash, Unread } from '../../core/content/object-content.js';
import {
  type Finding,
  finding,
  outcomeOfEffects,
  outcomeOfFindings,
  type Subject,
} from '../../core/findings/finding.js';
import type { Outcome } from '../../core/findings/outcome.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { type ListedQueryFile, parseSignFile, type SignFile } from '../../core/query-results/sign-file.js';
import {
  type HashedQueryFile,
  isQueryFileName,
  judgeQueryFile,
  judgeSignature,
  type SignatureVerdict,
  signingWindow,
  unreadSignFile,
} from '../../core/query-results/verify-sign-file.js';
import type { JudgedQueryFile, QueryResultsEvent } from '../../core/report/verify-events.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import type { KeyRing } from '../keys/key-ring.js';
import { LIMITS } from '../limits.js';
import type { FoundSignFile } from './find-sign-files.js';

/** What the verification of saved query results works with. */
export interface QueryTools {
  readonly store: ObjectStore;
  readonly hashFile: (ref: ObjectRef) => Promise<StoredHash | Unread>;
  readonly ring: Pick<KeyRing, 'find'>;
  /** Where keys are asked for; the region that the sign file names when absent. */
  readonly keyRegion?: string;
}

/** Verifies a sign file and every file it lists, whatever comes of the one or the other. Files are hashed as they are stored. */
export async function verifyQueryResults(
  { ref, accountId }: FoundSignFile,
  tools: QueryTools,
): Promise<QueryResultsEvent> {
  const owner = accountId === undefined ? {} : { accountId };
  const place = { type: 'query-results', ref, ...owner } as const;
  const subject: Subject = { type: 'query-sign-file', ...ref };
  const object = await tools.store.get(ref, LIMITS.signFile);
  if (object.status !== 'found') {
    const findings = [unreadSignFile(subject, object)];
    return { ...place, outcome: outcomeOfResults(findings, []), trusted: false, files: [], findings };
  }
  const signFile = parseSignFile(object.body, subject);
  const { files, claims } = signFile;
  const folder = new QueryFolder(ref, tools);
  const facts = await folder.hash(files.filter(({ isPlain }) => isPlain).map(({ name }) => name));
  const unlisted = await folder.listOthers(files);
  const { trusted, findings } = await checkSignature(subject, signFile, unlisted, folder, tools);

  const judged = files.map((file) => judge(file, folder.refOf(file.name), facts, trusted));
  const unproven = judged.filter(({ outcome, findings }) => outcome === 'undetermined' && findings.length === 0).length;
  const all = [
    ...signFile.findings,
    ...findings,
    ...(unproven > 0 ? [finding('query-files-unverifiable', subject, { count: unproven })] : []),
    ...judged.flatMap((file) => file.findings),
    ...unlisted.findings,
  ];
  return {
    ...place,
    outcome: outcomeOfResults(all, judged),
    trusted,
    ...(claims && { region: claims.region, completedAt: claims.completedAt }),
    files: judged.map(({ findings: _said, ...file }) => file),
    findings: all,
  };
}

/** Nothing is verified where not one file is, whatever a policy accepts. */
export function outcomeOfResults(findings: readonly Finding[], files: readonly JudgedQueryFile[]): Outcome {
  const outcome = outcomeOfEffects(findings);
  return outcome !== 'verified' || files.some((file) => file.outcome === 'verified') ? outcome : 'undetermined';
}

async function checkSignature(
  subject: Subject,
  { claims, ...signFile }: SignFile,
  unlisted: OtherFiles,
  folder: QueryFolder,
  { ring, keyRegion }: QueryTools,
): Promise<SignatureVerdict> {
  if (!claims) return { trusted: false, findings: [] };
  const asked = { ...claims, region: keyRegion ?? claims.region };
  const { keyFingerprint, region, completedAt } = asked;
  const lookup = await ring.find(keyFingerprint, region, completedAt, signingWindow(completedAt));
  return judgeSignature(subject, { ...signFile, claims: asked }, lookup, async () => {
    const facts = await folder.hash(unlisted.names);
    return [...facts].flatMap(([name, each]): HashedQueryFile[] =>
      each.status === 'hashed' ? [{ name, sha256: each.sha256 }] : [],
    );
  });
}

interface JudgedFile extends JudgedQueryFile {
  readonly findings: readonly Finding[];
}

/** A file is no better than the list that names it. */
function judge(
  file: ListedQueryFile,
  ref: ObjectRef,
  facts: ReadonlyMap<string, StoredHash | Unread>,
  trusted: boolean,
): JudgedFile {
  const known = facts.get(file.name);
  // An unsafe name: the sign file has a finding for it, and nothing was looked for.
  if (!known) return { ref, outcome: 'failed', size: 0, findings: [] };
  const findings = judgeQueryFile(ref, file.sha256, known);
  const outcome: Outcome = findings.length === 0 && !trusted ? 'undetermined' : outcomeOfFindings(findings);
  return { ref, outcome, size: known.status === 'hashed' ? known.size : 0, findings };
}

interface OtherFiles {
  readonly names: readonly string[];
  readonly findings: readonly Finding[];
}

/** The folder that a sign file lies in. */
class QueryFolder {
  readonly #subject: Subject;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #tools: QueryTools;

  constructor(signFile: ObjectRef, tools: QueryTools) {
    this.#subject = { type: 'query-sign-file', ...signFile };
    this.#bucket = signFile.bucket;
    this.#prefix = signFile.key.slice(0, signFile.key.lastIndexOf('/') + 1);
    this.#tools = tools;
  }

  refOf(name: string): ObjectRef {
    return { bucket: this.#bucket, key: `${this.#prefix}${name}` };
  }

  /** Hashes files, each name once. */
  async hash(names: readonly string[]): Promise<ReadonlyMap<string, StoredHash | Unread>> {
    const facts = [...new Set(names)].map(
      async (name) => [name, await this.#tools.hashFile(this.refOf(name))] as const,
    );
    return new Map(await Promise.all(facts));
  }

  /** Result files beside the sign file that are not on its list. Nobody vouches for them; that they cannot be listed takes nothing from those that are. */
  async listOthers(files: readonly ListedQueryFile[]): Promise<OtherFiles> {
    const listed = new Set(files.map(({ name }) => name));
    const names: string[] = [];
    try {
      for await (const page of this.#tools.store.list({ bucket: this.#bucket, prefix: `${this.#prefix}result_` })) {
        for (const { key } of page) {
          const name = key.slice(this.#prefix.length);
          if (isQueryFileName(name) && !listed.has(name)) names.push(name);
        }
      }
    } catch (error) {
      if (!(error instanceof ListingError)) throw error;
      const refusal =
        'refusal' in error.reason ? error.reason.refusal : { errorCode: 'NotFound', message: error.message };
      return { names: [], findings: [finding('query-folder-not-listed', this.#subject, refusal)] };
    }
    return {
      names,
      findings: names.map((name) => finding('query-file-unlisted', { type: 'query-file', ...this.refOf(name) }, {})),
    };
  }
}
