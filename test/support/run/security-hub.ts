import type { Answer, RecordedRequest } from '../network/recording-servers.js';

/** A batch that was imported: by whom, and where. */
export interface ImportedBatch {
  readonly accountId: string;
  readonly region: string;
  readonly ids: readonly string[];
}

interface Batch {
  readonly Findings: readonly { readonly Id: string; readonly AwsAccountId: string; readonly ProductArn: string }[];
}

const OWN_ACCOUNT = '999900001111';
/** What the service takes in one call. */
const MAX_FINDINGS = 100;
const MAX_BYTES = 6 * 2 ** 20;

const xml = (action: string, content: string): string =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${content}</${action}Result></${action}Response>`;

/** Key and region of a request, from its signature's scope. */
function signerOf({ headers }: RecordedRequest): readonly [key: string, region: string] {
  const [, key = '', region = ''] = /Credential=(\w+)\/\d+\/([\w-]+)\//.exec(headers.authorization ?? '') ?? [];
  return [key, region];
}

/**
 * Security Hub and STS as the AWS CLI meets them. A role of an account has that account's number in its access key; other keys
 * belong to account 999900001111. A finding is taken from its own account and region alone.
 */
export function securityHub(imported: ImportedBatch[], refusedId?: string): Answer {
  return (request) => {
    const [key, region] = signerOf(request);
    const accountId = /^ASIA(\d{12})$/.exec(key)?.[1] ?? OWN_ACCOUNT;
    if (request.path !== '/findings/import') return { status: 200, body: askSts(new URLSearchParams(request.body)) };
    const { Findings } = JSON.parse(request.body) as Batch;
    if (Findings.length > MAX_FINDINGS || request.body.length > MAX_BYTES)
      return { status: 400, body: { Code: 'InvalidInputException', Message: 'too many' } };
    const arn = `securityhub:${region}:${accountId}:product/${accountId}/default`;
    const refused = Findings.filter(
      ({ Id, AwsAccountId, ProductArn }) => Id === refusedId || AwsAccountId !== accountId || !ProductArn.endsWith(arn),
    );
    const ids = Findings.filter((finding) => !refused.includes(finding)).map(({ Id }) => Id);
    imported.push({ accountId, region, ids });
    return {
      status: 200,
      body: {
        FailedCount: refused.length,
        SuccessCount: ids.length,
        FailedFindings: refused.map(({ Id }) => ({ Id, ErrorCode: 'InvalidAccess', ErrorMessage: 'not yours' })),
      },
    };
  };
}

function askSts(query: URLSearchParams): string {
  if (query.get('Action') === 'GetCallerIdentity')
    return xml('GetCallerIdentity', `<Arn>arn:aws:iam::${OWN_ACCOUNT}:user/ci</Arn><Account>${OWN_ACCOUNT}</Account>`);
  const accountId = /^arn:aws:iam::(\d{12}):role\/importer$/.exec(query.get('RoleArn') ?? '')?.[1] ?? '';
  return xml(
    'AssumeRole',
    `<Credentials><AccessKeyId>ASIA${accountId}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>`,
  );
}
