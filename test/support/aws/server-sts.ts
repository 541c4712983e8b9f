import type { World } from '../worlds/world.js';
import { type Answer, type ErrorForm, escapeXml, type ServedRequest, xml } from './server-answers.js';

const HOUR = 3_600_000;

/** Answers STS, which takes forms and speaks XML. */
export function answerSts(world: World, { operation, accessKeyId }: ServedRequest, form: URLSearchParams): Answer {
  const arn = form.get('RoleArn') ?? '';
  if (operation !== 'AssumeRole') return errorOfSts(400, 'InvalidAction', `Could not find operation ${operation}`);
  const role = world.roles.get(arn);
  if (!role || (role.externalId ?? null) !== form.get('ExternalId')) {
    return errorOfSts(
      403,
      'AccessDenied',
      `User: ${accessKeyId} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  }
  const expiration = new Date(role.expiration ?? Date.now() + HOUR).toISOString();
  return xml(
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${role.accessKeyId}</AccessKeyId><SecretAccessKey>loopback-only</SecretAccessKey><SessionToken>session of ${form.get('RoleSessionName')}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>LOOPBACK</RequestId></ResponseMetadata></AssumeRoleResponse>`,
  );
}

export const errorOfSts: ErrorForm = (status, errorCode, message) => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${errorCode}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>LOOPBACK</RequestId></ErrorResponse>`,
  ),
});
