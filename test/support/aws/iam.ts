import type { PolicyDocument, Statement } from '../../../src/app/iam/iam-policy.js';
import type { ServedRequest } from './server.js';

/** The IAM action that each operation of the AWS APIs takes, by AWS's Service Authorization Reference. */
const ACTIONS: Readonly<Record<string, string>> = {
  GetBucketLocation: 's3:GetBucketLocation',
  HeadBucket: 's3:ListBucket',
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  ListPublicKeys: 'cloudtrail:ListPublicKeys',
  DescribeTrails: 'cloudtrail:DescribeTrails',
  GetTrail: 'cloudtrail:GetTrail',
  GetTrailStatus: 'cloudtrail:GetTrailStatus',
  DescribeOrganization: 'organizations:DescribeOrganization',
  ListAccounts: 'organizations:ListAccounts',
  AssumeRole: 'sts:AssumeRole',
};

/** May be asked by anyone. */
const FREE: ReadonlySet<string> = new Set(['GetCallerIdentity']);

/** The action that a request takes; undefined where it takes none. Throws for an operation that is not known here. */
export function actionOf({ operation, versionId }: ServedRequest): string | undefined {
  if (FREE.has(operation)) return undefined;
  const action = ACTIONS[operation];
  if (action === undefined) throw new Error(`nothing is known of the permissions of ${operation}`);
  return versionId === undefined ? action : `${action}Version`;
}

/** The actions that requests took, in byte order. */
export const actionsOf = (requests: readonly ServedRequest[]): string[] =>
  [...new Set(requests.map(actionOf).filter((action) => action !== undefined))].sort();

/** The actions that policies allow, in byte order. */
export const allowedBy = (...policies: readonly PolicyDocument[]): string[] =>
  [...new Set(policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)))].sort();

/** Whether a policy allows a request, as IAM would have it. The trail that is asked about is not looked at: requests do not tell it. */
export function allows(policy: PolicyDocument, request: ServedRequest): boolean {
  const action = actionOf(request);
  return action === undefined || policy.Statement.some((statement) => permits(statement, action, request));
}

function permits(statement: Statement, action: string, request: ServedRequest): boolean {
  if (!statement.Action.includes(action)) return false;
  if (request.bucket !== undefined) {
    const resource = `s3:::${request.bucket}${request.key === undefined ? '' : `/${request.key}`}`;
    const isNamed = (statement.Resource ?? []).some((arn) => isLike(resource, arn.replace(/^arn:[a-z-]+:/, '')));
    if (!isNamed) return false;
  }
  return Object.entries(statement.Condition ?? {}).every(([operator, values]) => {
    const wanted = values['s3:prefix'];
    if (operator !== 'StringLike' || wanted === undefined) throw new Error(`${operator} is not known here`);
    const { prefix } = request;
    return prefix !== undefined && [wanted].flat().some((pattern) => isLike(prefix, pattern));
  });
}

/** IAM's wildcards, and the variables that stand for the characters themselves. */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split(/(\$\{[*?$]\}|[*?])/);
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    const literal = /^\$\{([*?$])\}$/.exec(part)?.[1] ?? part;
    return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's').test(text);
}
