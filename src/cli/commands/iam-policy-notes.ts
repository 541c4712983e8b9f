import type { Policies, PolicyRequest } from '../../app/iam/iam-policy.js';
import { toS3Uri } from '../../core/objects/object-ref.js';

/** What to know of the policies of a run: what run they are for, where each belongs, and what they do not reach. */
export function policyNotes(request: PolicyRequest, policies: Policies): readonly string[] {
  const { activities, trailArn, bucket, folder, role, principal, kmsKeyArns } = request;
  const reader = role?.arn ?? principal ?? 'whoever runs it';
  const isOrganization = activities.includes('ask-about-organization');
  return [
    `identityPolicy is for ${reader}, and all that this takes: ${toCommand(request)}`,
    ...(policies.callerPolicy ? ['callerPolicy is for whoever assumes that role.'] : []),
    ...(policies.trustPolicy ? [`trustPolicy is that of ${role?.arn}.`] : []),
    ...(bucket === undefined
      ? []
      : [
          policies.bucketPolicy
            ? `Where ${bucket} belongs to another account than ${reader}, both are needed: identityPolicy there, and the statements of bucketPolicy in the policy of the bucket. In the same account identityPolicy is enough.`
            : `Where ${bucket} belongs to another account, its policy must allow the same: name who runs it with --principal.`,
        ]),
    ...(kmsKeyArns.length > 0
      ? [
          policies.keyPolicy
            ? 'The statement of keyPolicy belongs into the policy of each KMS key, unless that leaves it to IAM and the key is of the same account. Digests are not encrypted with it: without it chains are verified, and logs are undetermined.'
            : 'The policy of each KMS key must allow the same, unless it leaves that to IAM and the key is of the same account: name who runs it with --principal.',
        ]
      : []),
    ...(trailArn === undefined
      ? []
      : [
          `CloudTrail tells of ${trailArn} only in the account that owns it${isOrganization ? ' and in the member accounts' : ''}.`,
        ]),
    ...(isOrganization
      ? [
          'organizations:ListAccounts answers only in the management account, or in that of a delegated administrator; run it there, or the accounts of the organization are not known.',
        ]
      : []),
    ...(bucket !== undefined && folder.endsWith('AWSLogs/')
      ? [
          'The organization did not tell its id, so that all of its folders are allowed. Name --bucket, --prefix and --organization-id to allow less.',
        ]
      : []),
  ];
}

function toCommand({ activities, trailArn, bucket, folder, checkpoint, role }: PolicyRequest): string {
  if (bucket === undefined) return 'trailproof keys fetch';
  return [
    'trailproof verify',
    trailArn === undefined ? `s3://${bucket}/${folder}` : `--trail-arn ${trailArn}`,
    ...(activities.includes('read-versions') ? ['--use-versions'] : []),
    ...(activities.includes('ask-for-keys') ? [] : ['--keys FILE']),
    ...(checkpoint ? [`--checkpoint ${toS3Uri(checkpoint)}`] : []),
    ...(role ? [`--role-arn ${role.arn}`] : []),
  ].join(' ');
}
